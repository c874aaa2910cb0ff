/// Whether a connection may be used.
public enum Verdict {
    /// A key on the path is pinned.
    case allowed
    /// None is: close the connection before anything is sent.
    case mismatch
    /// None is, but the entry only observes: tell the app, and go on.
    case reported
    /// Nothing is asked of this host beyond the platform's trust.
    case notPinned

    /// False for `mismatch` alone.
    public var mayConnect: Bool { self != .mismatch }
}

/// What is asked of the connections to one host at one moment. Equal decisions ask the same.
public enum Decision: Equatable {
    case notPinned
    /// One of these pins has to be on the path.
    case enforce(Set<String>)
    /// As `enforce`, but a mismatch is only to be reported.
    case observe(Set<String>)

    /// - Parameter path: the pins of the keys on the path that the platform *validated*. What the server sent may contain
    ///   any certificate; `SecTrust` has the path once it has been evaluated.
    public func judge(_ path: [String]) -> Verdict {
        switch self {
        case .notPinned: return .notPinned
        case .enforce(let pins): return pins.isDisjoint(with: path) ? .mismatch : .allowed
        case .observe(let pins): return pins.isDisjoint(with: path) ? .reported : .allowed
        }
    }
}
