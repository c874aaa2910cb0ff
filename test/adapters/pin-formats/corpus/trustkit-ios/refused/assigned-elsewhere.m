config[kTSKPinnedDomains] = policies;
