#import <TrustKit/TrustKit.h>

NSDictionary *trustKitConfig = @{
    kTSKSwizzleNetworkDelegates: @NO,
    kTSKPinnedDomains : @{
        @"example.com" : @{
            kTSKIncludeSubdomains : @YES,
            kTSKEnforcePinning : @(YES),
            /* the current key and its backup */
            kTSKPublicKeyHashes : @[
                @"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=",
                @"PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=",
            ],
        },
        @"observed.example.com" : @{ kTSKEnforcePinning : @0, kTSKPublicKeyHashes : @[ @"Ln0sA6lQeuJl7PW1NWiFpTOTogKdJBOUmXJloaJa78Y=" ] },
    },
};
