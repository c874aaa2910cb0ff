/// One line of a bundle: a JWS in compact form (RFC 7515, 7.1), taken apart but not verified.
struct BundleLine {
    let header: [UInt8]
    /// The payload as it stands in the line. Being strict base64url, it has one text for each content.
    let payloadText: [UInt8]
    let payload: [UInt8]
    let signature: [UInt8]
    /// What the signature is over (RFC 7515, 5.2): header and payload as they stand, with the dot.
    let signed: [UInt8]

    /// Throws `malformed` unless it is three parts of strict base64url, none empty.
    init(_ line: ArraySlice<UInt8>) throws {
        let parts = line.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Refusal.malformed("expected three parts between dots") }
        header = try BundleLine.part(parts[0], "header")
        payload = try BundleLine.part(parts[1], "payload")
        signature = try BundleLine.part(parts[2], "signature")
        payloadText = Array(parts[1])
        signed = Array(parts[0]) + [UInt8(ascii: ".")] + payloadText
    }

    private static func part(_ text: ArraySlice<UInt8>, _ name: String) throws -> [UInt8] {
        guard !text.isEmpty, let bytes = Base64Url.decode(text) else {
            throw Refusal.malformed("the \(name): expected base64url without padding")
        }
        return bytes
    }

    /// The `kid` of a header with exactly `alg`, `typ` and `kid` (RFC 8725, 3.1 and 3.10 to 3.12).
    func kid(typ: String) throws -> String {
        // Not signed yet, and up to 190 KB: reading stops at a fourth member.
        let claims = try Claims(StrictJson.parse(header, mostMembers: 3), "header")
        let kid = try claims.bytes("kid")
        guard claims.count == 3,
            try claims.bytes("alg") == Array("ES256".utf8),
            try claims.bytes("typ") == Array(typ.utf8),
            Base64Url.decode(kid, count: 32) != nil
        else { throw Refusal.malformed("header: expected alg ES256, typ \(typ) and a kid, nothing else") }
        return String(decoding: kid, as: UTF8.self)
    }

    /// The payload's claims, once the signature has been verified. Nothing may read it before.
    func claims(verifiedBy key: VerifyingKey, _ place: String) throws -> Claims {
        guard key.verifies(signed, signature) else {
            throw Refusal(code: .badSignature, detail: "\(place): its signature does not verify")
        }
        let claims = try Claims(StrictJson.parse(payload), place)
        let version = try claims.integer("v", 0...Claims.largest)
        // Before the other claims, because those of another version may have any form.
        guard version == 1 else {
            throw Refusal(code: .unsupported, detail: "\(place).v: expected 1, found \(version)")
        }
        return claims
    }
}
