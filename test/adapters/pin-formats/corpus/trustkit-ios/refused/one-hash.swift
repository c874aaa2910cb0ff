let config = [
    kTSKPinnedDomains: [
        "example.com": [kTSKPublicKeyHashes: ["ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="]],
    ],
]
