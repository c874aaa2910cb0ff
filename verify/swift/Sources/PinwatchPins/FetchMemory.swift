import Foundation

/// What the next fetch needs of the last one: its ETag, and the day on which this installation was last counted. Losing it
/// costs one full download, so nothing depends on its contents.
struct FetchMemory: Codable {
    private static let stored = "fetch"

    /// Days since 1970, UTC.
    private var countedDay: Int64?
    private var url: String?
    private var etag: String?
    private var tuple: [Int64]?

    static func load(_ store: Store) -> FetchMemory {
        guard let bytes = try? store.read(stored) else { return FetchMemory() }
        return (try? JSONDecoder().decode(FetchMemory.self, from: Data(bytes))) ?? FetchMemory()
    }

    func isCounted(_ day: Int64) -> Bool {
        countedDay == day
    }

    mutating func count(_ day: Int64, _ store: Store) {
        countedDay = day
        save(store)
    }

    /// Nil unless this URL gave an ETag for exactly what is in force: a 304 must not keep anything older.
    func etag(from: String, inForce: BundleTuple?) -> String? {
        guard let inForce = inForce, url == from, tuple == FetchMemory.numbers(inForce) else { return nil }
        return etag
    }

    mutating func remember(_ from: String, _ found: String?, _ inForce: BundleTuple, _ store: Store) {
        let isUsable = (found?.utf8.count ?? 0) <= 512
        (url, etag, tuple) = (from, isUsable ? found : nil, FetchMemory.numbers(inForce))
        save(store)
    }

    private func save(_ store: Store) {
        if let data = try? JSONEncoder().encode(self) { try? store.write(FetchMemory.stored, Array(data)) }
    }

    private static func numbers(_ tuple: BundleTuple) -> [Int64] {
        [tuple.generation, tuple.version, tuple.issuedAt]
    }
}
