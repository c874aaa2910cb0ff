let debug = [kTSKPinnedDomains: ["example.com": [kTSKPublicKeyHashes: ["ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=", "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0="]]]]
let release = [kTSKPinnedDomains: ["example.com": [kTSKPublicKeyHashes: ["ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=", "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0="]]]]
