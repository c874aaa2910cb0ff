CertificatePinner.Builder().add("api.example.com").add("login.example.com", "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=").build()
