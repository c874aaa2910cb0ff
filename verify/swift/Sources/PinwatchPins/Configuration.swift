/// The claims of the second line, verified.
public struct Configuration {
    static let place = "configuration"
    /// Seconds between polls, if the configuration does not say.
    static let defaultRefresh: Int64 = 180

    /// `ver`: rises with every publication.
    public let version: Int64
    /// `iat`, seconds since 1970.
    public let issuedAt: Int64
    /// `exp`, seconds since 1970: past it the configuration is stale, and in force until a fresh one comes.
    public let expiresAt: Int64
    /// Seconds between polls while the app is active.
    public let refresh: Int64

    private let channel: String
    private let isOpenAfterExpiry: Bool
    private let isRootsByDefault: Bool
    /// By host.
    let entries: [String: Entry]
    let roots: Set<String>
    private let devices: [UnpinnedDevice]

    init(_ claims: Claims, channel: String) throws {
        self.channel = channel
        let audience = try Channel.audience(claims)
        version = try claims.integer("ver", 1...Claims.largest)
        issuedAt = try claims.seconds("iat")
        expiresAt = try claims.seconds("exp")
        guard expiresAt > issuedAt else { throw claims.expected("exp", "a time after iat") }
        refresh = try claims.has("refresh") ? claims.integer("refresh", 60...86_400) : Configuration.defaultRefresh
        isOpenAfterExpiry = try claims.word("afterExpiry", ["enforce", "off"]) == "off"
        let rootsByDefault = try claims.word("default", ["off", "roots"]) == "roots"
        isRootsByDefault = rootsByDefault
        try Channel.require(audience, channel, Configuration.place)
        // The entries, and the lists that belong to them, only after the audience: see the order of verification.
        let entries = try Configuration.entries(claims)
        self.entries = entries
        let areRootsNeeded = rootsByDefault || entries.values.contains { $0.mode == .roots }
        roots = try Configuration.roots(claims, areNeeded: areRootsNeeded)
        let devices = try claims.has("devices") ? claims.list("devices", 0...20) : []
        self.devices = try devices.map { try UnpinnedDevice($0, "\(Configuration.place).devices") }
    }

    private static func entries(_ claims: Claims) throws -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for (host, value) in try claims.object("domains", most: 1_000) {
            guard HostName.isEntryName(host) else {
                throw claims.expected("domains", "hosts in lower case with two labels or more, no IP address")
            }
            let name = String(decoding: host, as: UTF8.self)
            entries[name] = try Entry(value, "\(place).domains[\(name)]")
        }
        return entries
    }

    /// Without a single root, nothing could connect.
    private static func roots(_ claims: Claims, areNeeded: Bool) throws -> Set<String> {
        guard areNeeded || claims.has("roots") else { return [] }
        let pins = try claims.list("roots", (areNeeded ? 1 : 0)...300)
        return Set(try pins.map { try Pin.parse($0, "\(place).roots") })
    }

    /// - Parameter at: seconds since 1970.
    public func isStale(at: Int64) -> Bool {
        at >= expiresAt
    }

    /// What is asked of connections to a host.
    ///
    /// - Parameters:
    ///   - host: as in a URL: A-labels, in any case, perhaps with a trailing dot; without a port.
    ///   - deviceId: this installation's, or nil.
    ///   - at: seconds since 1970.
    public func decide(host: String, deviceId: String?, at: Int64) -> Decision {
        let name = entryName(HostName.canonical(host))
        if isOpenAfterExpiry && isStale(at: at) || isUnpinned(deviceId, name, at) { return .notPinned }
        guard let name = name, let entry = entries[name] else {
            return isRootsByDefault ? .enforce(roots) : .notPinned
        }
        switch entry.mode {
        case .pins: return .enforce(entry.pins)
        case .observe: return .observe(entry.pins)
        case .roots: return .enforce(roots)
        case .off: return .notPinned
        }
    }

    /// The longest entry that covers the host, alone; entries are never united. Nil if none does.
    private func entryName(_ host: String) -> String? {
        if entries[host] != nil { return host }
        var name = HostName.parent(host)
        while let parent = name {
            if entries[parent]?.coversBelow == true { return parent }
            name = HostName.parent(parent)
        }
        return nil
    }

    private func isUnpinned(_ deviceId: String?, _ entryName: String?, _ at: Int64) -> Bool {
        guard let deviceId = deviceId, !devices.isEmpty else { return false }
        let hash = DeviceId.hash(channel: channel, deviceId: deviceId)
        return devices.contains { $0.covers(deviceHash: hash, entryName: entryName, at: at) }
    }
}
