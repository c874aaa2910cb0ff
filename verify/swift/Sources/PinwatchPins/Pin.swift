import CryptoKit
import Foundation

/// A pin: SHA-256 of a SubjectPublicKeyInfo in base64 with padding, 44 characters (RFC 7469, 2.4).
public enum Pin {
    /// - Parameter subjectPublicKeyInfo: in DER.
    public static func of(subjectPublicKeyInfo: [UInt8]) -> String {
        Data(SHA256.hash(data: Data(subjectPublicKeyInfo))).base64EncodedString()
    }

    /// Pins are compared as text, so a second text of the same bytes would be a pin that never matches.
    static func isInForm(_ text: [UInt8]) -> Bool {
        guard text.count == 44, text.last == UInt8(ascii: "="),
            !text.contains(UInt8(ascii: "-")), !text.contains(UInt8(ascii: "_"))
        else { return false }
        let url = text.dropLast().map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"): return UInt8(ascii: "-")
            case UInt8(ascii: "/"): return UInt8(ascii: "_")
            default: return byte
            }
        }
        return Base64Url.decode(url, count: 32) != nil
    }

    static func parse(_ value: JsonValue, _ place: String) throws -> String {
        guard case .string(let text) = value, isInForm(text) else {
            throw Refusal.malformed("\(place): expected a pin, 44 base64 characters")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
