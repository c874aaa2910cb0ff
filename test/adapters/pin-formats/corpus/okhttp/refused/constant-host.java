new CertificatePinner.Builder()
    .add(Hosts.API, "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=")
    .build();
