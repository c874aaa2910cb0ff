/// What an app may want to know. Called on the client's queue; an implementation returns soon.
public protocol PinEvents: AnyObject {
    /// Another configuration is in force. Connections of the hosts that it affects have to be made anew.
    func changed(_ change: Change)

    /// A bundle was refused, and what was in force stays in force.
    ///
    /// - Parameter source: a URL, `floor` or `store`.
    func refused(_ source: String, _ refusal: Refusal)

    /// Nothing could be fetched from this URL.
    func unreachable(_ url: String, _ error: Error)

    /// The store failed. A configuration that could not be written is in force nevertheless, until the app ends: it may
    /// be the one that takes a stolen key away.
    func storeFailed(_ error: Error)

    /// No pinned key is on the path.
    ///
    /// - Parameters:
    ///   - path: the pins of the keys on the path, leaf first.
    ///   - isEnforced: false if the entry only observes, and the connection is used.
    func mismatch(host: String, path: [String], isEnforced: Bool)
}

extension PinEvents {
    public func changed(_ change: Change) {}
    public func refused(_ source: String, _ refusal: Refusal) {}
    public func unreachable(_ url: String, _ error: Error) {}
    public func storeFailed(_ error: Error) {}
    public func mismatch(host: String, path: [String], isEnforced: Bool) {}
}

/// From one configuration to the next.
public struct Change {
    /// Nil if none was in force.
    let before: Configuration?
    /// The configuration that is in force now.
    public let configuration: Configuration
    let deviceId: String?
    let at: Int64

    /// Whether something else is asked of connections to this host than before.
    public func affects(_ host: String) -> Bool {
        let earlier = before?.decide(host: host, deviceId: deviceId, at: at) ?? .notPinned
        return earlier != configuration.decide(host: host, deviceId: deviceId, at: at)
    }

    /// The names of entries that are new, gone or different; also those in mode `roots` if these have changed. Other hosts
    /// may be affected, too: below an entry with `sub`, or by `default`. See `affects`.
    public var entries: Set<String> {
        let earlier = before?.entries ?? [:]
        let names = Set(earlier.keys).union(configuration.entries.keys)
        return names.filter { name in
            let entry = configuration.entries[name]
            let haveRootsChanged = entry?.mode == .roots && before?.roots != configuration.roots
            return earlier[name] != entry || haveRootsChanged
        }
    }
}
