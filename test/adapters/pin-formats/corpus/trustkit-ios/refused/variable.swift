let config = [
    kTSKPinnedDomains: [
        "example.com": [
            kTSKPublicKeyHashes: hashes,
        ],
    ],
]
