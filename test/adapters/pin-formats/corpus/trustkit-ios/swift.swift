import TrustKit

let trustKitConfig: [String: Any] = [
    kTSKSwizzleNetworkDelegates: false,
    // kTSKPinnedDomains: ["old.example.com": [:]],
    kTSKPinnedDomains: [
        "example.com": [
            kTSKIncludeSubdomains: true,
            kTSKExpirationDate: "2026-12-31",
            kTSKPublicKeyAlgorithms: [kTSKAlgorithmRsa2048],
            kTSKPublicKeyHashes: [
                "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=",
                "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=",
            ],
        ] as [String: Any],
        "open.example.com": [kTSKExcludeSubdomainFromParentPolicy: true],
        "observed.example.com": ["TSKEnforcePinning": false, "TSKPublicKeyHashes": ["Ln0sA6lQeuJl7PW1NWiFpTOTogKdJBOUmXJloaJa78Y="]],
    ] as [String: Any],
]

TrustKit.initSharedInstance(withConfiguration: trustKitConfig)
