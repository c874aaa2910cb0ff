/// Finds the SubjectPublicKeyInfo in a certificate (RFC 5280, 4.1). Security.framework has the key only in a form without
/// its algorithm.
enum CertificateKey {
    /// - Parameter certificate: in DER, as the platform has parsed it already.
    /// - Returns: nil if it is not of this form.
    static func subjectPublicKeyInfo(_ certificate: [UInt8]) -> [UInt8]? {
        // Certificate and TBSCertificate are sequences; then version (optional), serial number, signature, issuer,
        // validity, subject.
        guard let whole = element(certificate, at: 0), whole.tag == 0x30,
            let toBeSigned = element(certificate, at: whole.content), toBeSigned.tag == 0x30
        else { return nil }
        var at = toBeSigned.content
        if let version = element(certificate, at: at), version.tag == 0xa0 { at = version.end }
        for _ in 0..<5 {
            guard let skipped = element(certificate, at: at) else { return nil }
            at = skipped.end
        }
        guard let key = element(certificate, at: at), key.tag == 0x30 else { return nil }
        return Array(certificate[at..<key.end])
    }

    /// Tag, and where the content begins and ends.
    private static func element(_ bytes: [UInt8], at: Int) -> (tag: UInt8, content: Int, end: Int)? {
        guard at + 2 <= bytes.count else { return nil }
        var length = Int(bytes[at + 1])
        var content = at + 2
        if length >= 0x80 {
            let count = length & 0x7f
            guard (1...3).contains(count), content + count <= bytes.count else { return nil }
            length = bytes[content..<(content + count)].reduce(0) { $0 << 8 | Int($1) }
            content += count
        }
        guard content + length <= bytes.count else { return nil }
        return (bytes[at], content, content + length)
    }
}
