val certificatePinner = CertificatePinner.Builder()
    .add("api.example.com", "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=")
    .add("api.example.com", "sha256/PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=")
    .build()
