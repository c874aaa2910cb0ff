CertificatePinner.Builder()
    .add("api.*.example.com", "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=")
    .build()
