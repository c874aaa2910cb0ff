let config = [
    kTSKPinnedDomains: [
        "\(host)": [kTSKPublicKeyHashes: ["ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=", "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0="]],
    ],
]
