CertificatePinner.Builder().add("Bücher.example", "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=").build()
