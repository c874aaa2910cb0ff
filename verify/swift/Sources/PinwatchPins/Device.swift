import CryptoKit
import Foundation

/// The id of an installation, for pentesters who want it unpinned for some hours. It never leaves the device: a
/// configuration lists hashes, and each device looks for itself. Show it on a hidden screen.
public enum DeviceId {
    /// 128 random bits in base64url, 22 characters. Make it once, and keep it outside of backups.
    public static func random() -> String {
        // The system's generator is cryptographically secure.
        Base64Url.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// Base64url of SHA-256 over `pinwatch-device`, NUL, channel id, NUL, device id.
    static func hash(channel: String, deviceId: String) -> String {
        Base64Url.encode(SHA256.hash(data: Data("pinwatch-device\0\(channel)\0\(deviceId)".utf8)))
    }
}

/// A device that is not pinned for a time, so that its owner can test the app through a proxy.
struct UnpinnedDevice: Equatable {
    /// See `DeviceId.hash`.
    private let hash: String
    /// Seconds since 1970.
    private let until: Int64
    /// Names of entries; nil for every host.
    private let domains: Set<String>?

    init(_ value: JsonValue, _ place: String) throws {
        let claims = try Claims(value, place)
        hash = Base64Url.encode(try claims.base64Url("h", count: 32))
        until = try claims.seconds("until")
        domains = try claims.has("domains") ? UnpinnedDevice.domains(claims) : nil
    }

    private static func domains(_ claims: Claims) throws -> Set<String> {
        let names = try claims.list("domains", 1...1_000).map { value -> String in
            guard case .string(let text) = value, HostName.isEntryName(text) else {
                throw claims.expected("domains", "names of hosts")
            }
            return String(decoding: text, as: UTF8.self)
        }
        return Set(names)
    }

    /// - Parameters:
    ///   - deviceHash: nil if this installation has no id.
    ///   - entryName: the entry that decides, or nil if none does.
    ///   - at: seconds since 1970.
    func covers(deviceHash: String?, entryName: String?, at: Int64) -> Bool {
        guard hash == deviceHash, at < until else { return false }
        guard let domains = domains else { return true }
        return entryName.map { domains.contains($0) } ?? false
    }
}
