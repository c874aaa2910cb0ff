let config = [kTSKPinnedDomains: makePolicies()]
