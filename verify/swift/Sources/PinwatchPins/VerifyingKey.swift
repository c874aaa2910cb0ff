import CryptoKit
import Foundation

/// A public key on P-256 that verifies ES256 (RFC 7518, 3.4), and its name.
struct VerifyingKey {
    /// Bytes of a coordinate, and of r and s.
    static let size = 32

    private static let order: [UInt8] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ]

    private let key: P256.Signing.PublicKey
    /// RFC 7638, SHA-256, base64url: what `kid` names.
    let thumbprint: String

    /// Nil if it is not a point on the curve, uncompressed (04 X Y, 65 bytes; SEC 1, 2.3.3).
    init?(point: [UInt8]) {
        guard point.count == 1 + 2 * VerifyingKey.size, point[0] == 0x04 else { return nil }
        // CryptoKit refuses points that are not on the curve.
        guard let key = try? P256.Signing.PublicKey(x963Representation: Data(point)) else { return nil }
        self.key = key
        let x = Base64Url.encode(point[1..<33])
        let y = Base64Url.encode(point[33..<65])
        // The members that RFC 7638, 3.2 requires for an EC key, in its order.
        let jwk = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(x)\",\"y\":\"\(y)\"}"
        thumbprint = Base64Url.encode(SHA256.hash(data: Data(jwk.utf8)))
    }

    /// - Parameter raw: r and s; anything else verifies nothing.
    func verifies(_ signed: [UInt8], _ raw: [UInt8]) -> Bool {
        guard raw.count == 2 * VerifyingKey.size,
            VerifyingKey.isScalar(raw[..<32]), VerifyingKey.isScalar(raw[32...]),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: Data(raw))
        else { return false }
        return key.isValidSignature(signature, for: Data(signed))
    }

    /// From 1 to the order less 1. Java's CVE-2022-21449 was the lack of this.
    private static func isScalar(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.contains { $0 != 0 } && bytes.lexicographicallyPrecedes(order)
    }
}
