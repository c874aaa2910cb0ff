import Foundation

/// The bundle in force: the newest of the floor, what was stored, and what has been fetched. Its tuple never falls.
final class InForce {
    private static let stored = "bundle"

    private let verifier: BundleVerifier
    private let store: Store
    private weak var events: PinEvents?
    private let lock = NSLock()
    /// Nil in the state `empty`.
    private var current: PinBundle?

    /// Loads the floor and what was stored, and verifies both. A stored bundle that is refused (damaged, or of a channel
    /// or root that this release of the app no longer has) is as good as none.
    init(verifier: BundleVerifier, store: Store, floor: [UInt8]?, events: PinEvents?) {
        self.verifier = verifier
        self.store = store
        self.events = events
        var held: [UInt8]?
        do { held = try store.read(InForce.stored) } catch { events?.storeFailed(error) }
        let least = verified(floor, "floor")
        let stored = verified(held, "store")
        if let least = least, let stored = stored {
            current = stored.tuple >= least.tuple ? stored : least
        } else {
            current = stored ?? least
        }
    }

    var bundle: PinBundle? {
        lock.lock()
        defer { lock.unlock() }
        return current
    }

    private func verified(_ bytes: [UInt8]?, _ source: String) -> PinBundle? {
        guard let bytes = bytes else { return nil }
        do {
            return try verifier.verify(bytes)
        } catch {
            if let refusal = error as? Refusal { events?.refused(source, refusal) }
            return nil
        }
    }

    /// Puts a bundle in force if it is newer than the present one: stores it, then applies it. If it cannot be stored, it
    /// is applied nevertheless. Called by one queue.
    ///
    /// - Returns: the bundle that was in force before, if this one has replaced it or there was none.
    func offer(_ bytes: [UInt8]) throws -> (isNew: Bool, before: PinBundle?) {
        let next = try verifier.verify(bytes)
        let before = bundle
        guard try before?.held.isReplaced(by: next.held) ?? true else { return (false, before) }
        do { try store.write(InForce.stored, bytes) } catch { events?.storeFailed(error) }
        lock.lock()
        current = next
        lock.unlock()
        return (true, before)
    }
}
