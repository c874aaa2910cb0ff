const allowedSHAFingerprints = ['ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='];
