import Foundation

/// What an app is built with, and where it keeps its state.
public struct PinClientOptions {
    /// The account's root public keys, one to three, each as its 65-byte point.
    public var roots: [[UInt8]]
    /// The account's channel id.
    public var channel: String
    /// Where the bundle is: one at least, asked in this order; whole, such as `https://host/c/CHANNEL`.
    public var urls: [String]
    public var store: Store
    /// The bundle that was current when the app was built. Nothing older is ever accepted.
    public var floor: [UInt8]?
    public var fetcher: Fetcher = SessionFetcher()
    /// See `DeviceId`. Without one, this installation cannot be unpinned.
    public var deviceId: String?

    public init(roots: [[UInt8]], channel: String, urls: [String], store: Store, floor: [UInt8]?) {
        self.roots = roots
        self.channel = channel
        self.urls = urls
        self.store = store
        self.floor = floor
    }
}

/// Keeps an account's pins current in an app. Make one per process: it has then verified the floor and what was stored, and
/// `decide` answers before any network. `resume` starts the polls.
public final class PinClient {
    /// Between fetches that a mismatch causes.
    private static let mismatchPause: TimeInterval = 30

    private let options: PinClientOptions
    private weak var events: PinEvents?
    private let inForce: InForce
    /// Everything below belongs to it.
    private let queue = DispatchQueue(label: "pinwatch.pins")
    private var memory: FetchMemory
    private var waiting: [() -> Void] = []
    private var isFetching = false
    /// Of a clock that nobody sets.
    private var lastForMismatch: TimeInterval?
    private var isActive = false
    private var poll: DispatchWorkItem?

    /// Reads the store, and verifies it and the floor: some milliseconds, and no network. Nil if a root, the channel or a
    /// URL is not in form.
    public init?(_ options: PinClientOptions, events: PinEvents?) {
        guard let verifier = BundleVerifier(roots: options.roots, channel: options.channel),
            !options.urls.isEmpty, options.urls.allSatisfy({ URL(string: $0)?.host != nil })
        else { return nil }
        self.options = options
        self.events = events
        inForce = InForce(verifier: verifier, store: options.store, floor: options.floor, events: events)
        memory = FetchMemory.load(options.store)
    }

    /// The bundle in force; nil in the state `empty`, in which nothing is pinned.
    public var bundle: PinBundle? { inForce.bundle }

    /// What is asked of connections to this host now. Never waits.
    public func decide(_ host: String) -> Decision {
        inForce.bundle?.configuration.decide(host: host, deviceId: options.deviceId, at: PinClient.now()) ?? .notPinned
    }

    /// Whether a connection may be used. Reports a mismatch.
    ///
    /// - Parameter path: the pins of the keys on the path that the platform validated, leaf first.
    public func check(_ host: String, _ path: [String]) -> Verdict {
        let verdict = decide(host).judge(path)
        if verdict == .mismatch || verdict == .reported {
            queue.async { self.events?.mismatch(host: host, path: path, isEnforced: verdict == .mismatch) }
        }
        return verdict
    }

    /// After a mismatch: fetches, at most every 30 s and without pins.
    ///
    /// - Parameters:
    ///   - used: the decision that was not met.
    ///   - completion: gets whether something else is asked now, so that it is worth connecting once more, and only once.
    public func recover(_ host: String, used: Decision, completion: @escaping (Bool) -> Void) {
        queue.async {
            let end = { completion(self.decide(host) != used) }
            let now = ProcessInfo.processInfo.systemUptime
            let isRecent = self.lastForMismatch.map { now - $0 < PinClient.mismatchPause } ?? false
            // Those who come while a fetch is in progress wait for it.
            guard self.decide(host) == used, self.isFetching || !isRecent else { return end() }
            self.fetch {
                self.lastForMismatch = ProcessInfo.processInfo.systemUptime
                end()
            }
        }
    }

    /// Call it when the app starts or comes to the foreground: fetches at once, and then every `refresh` ± 20 %.
    public func resume() {
        queue.async {
            guard !self.isActive else { return }
            self.isActive = true
            self.pollNow()
        }
    }

    /// Call it when the app leaves the foreground. What is in force stays in force.
    public func pause() {
        queue.async {
            self.isActive = false
            self.poll?.cancel()
        }
    }

    private func pollNow() {
        fetch {
            guard self.isActive else { return }
            let refresh = self.inForce.bundle?.configuration.refresh ?? Configuration.defaultRefresh
            self.poll?.cancel()
            let next = DispatchWorkItem { self.pollNow() }
            self.poll = next
            // Spread, so that a million apps don't come together.
            let delay = Double(refresh) * Double.random(in: 0.8...1.2)
            self.queue.asyncAfter(deadline: .now() + delay, execute: next)
        }
    }

    /// One round at a time: the URLs in their order, until one has an answer that is not refused.
    private func fetch(_ completion: @escaping () -> Void) {
        waiting.append(completion)
        guard !isFetching else { return }
        isFetching = true
        ask(options.urls[...]) {
            self.isFetching = false
            let ended = self.waiting
            self.waiting = []
            ended.forEach { $0() }
        }
    }

    private func ask(_ urls: ArraySlice<String>, _ completion: @escaping () -> Void) {
        guard let base = urls.first else { return completion() }
        let held = inForce.bundle
        let today = PinClient.now() / 86_400
        // The first fetch of each day says which version is held, so that versions in use can be counted, and no devices.
        let counted = memory.isCounted(today) ? nil : held
        let query = counted.map { "?v=\($0.tuple.version)" } ?? ""
        guard let url = URL(string: base + query) else {
            return ask(urls.dropFirst(), completion)
        }
        let etag = memory.etag(from: base, inForce: held?.tuple)
        options.fetcher.fetch(url, etag: etag) { result in
            self.queue.async {
                if self.isAnswered(base, result, counted == nil ? nil : today) {
                    completion()
                } else {
                    self.ask(urls.dropFirst(), completion)
                }
            }
        }
    }

    private func isAnswered(_ base: String, _ result: Result<Fetched, Error>, _ countedDay: Int64?) -> Bool {
        do {
            let fetched = try result.get()
            if let day = countedDay { memory.count(day, options.store) }
            guard case .body(let bytes, let etag) = fetched else { return true }
            let (isNew, before) = try inForce.offer(bytes)
            guard let now = inForce.bundle else { return true }
            memory.remember(base, etag, now.tuple, options.store)
            if isNew {
                let change = Change(
                    before: before?.configuration, configuration: now.configuration, deviceId: options.deviceId,
                    at: PinClient.now())
                events?.changed(change)
            }
            return true
        } catch let refusal as Refusal {
            events?.refused(base, refusal)
        } catch {
            events?.unreachable(base, error)
        }
        return false
    }

    /// Seconds since 1970. People set this clock, so only staleness and the end of an unpinning depend on it.
    private static func now() -> Int64 {
        Int64(Date().timeIntervalSince1970)
    }
}
