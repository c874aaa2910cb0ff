CertificatePinner.Builder()
    .add("api.example.com", "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=")
    .build()
