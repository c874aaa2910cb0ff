val pinner = CertificatePinner.DEFAULT
