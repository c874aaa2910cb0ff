import Foundation

/// What a `Fetcher` got.
public enum Fetched {
    /// 304.
    case notModified
    /// 200. Of a body above `PinBundle.mostBytes`, one byte more is enough.
    case body([UInt8], etag: String?)
}

/// Gets a bundle from a URL. It must not be pinned: the signatures protect the bundle, and the one that ends a mismatch has
/// to arrive during the mismatch. It follows no redirects, and has no cookies and no cache.
public protocol Fetcher {
    /// - Parameters:
    ///   - etag: sent as `If-None-Match`; nil if there is none.
    ///   - completion: called once, on any queue; a failure for any answer but 200, and 304 if there was an ETag.
    func fetch(_ url: URL, etag: String?, completion: @escaping (Result<Fetched, Error>) -> Void)
}

/// Fetches with a `URLSession` of its own and the platform's trust, without pins.
public final class SessionFetcher: NSObject, Fetcher, URLSessionDataDelegate {
    private struct Pending {
        let isConditional: Bool
        let completion: (Result<Fetched, Error>) -> Void
        var body = Data()
    }

    private let lock = NSLock()
    private var pending: [Int: Pending] = [:]
    private lazy var session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.timeoutIntervalForRequest = 10
        configuration.timeoutIntervalForResource = 20
        return URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    }()

    public func fetch(_ url: URL, etag: String?, completion: @escaping (Result<Fetched, Error>) -> Void) {
        var request = URLRequest(url: url)
        if let etag = etag { request.setValue(etag, forHTTPHeaderField: "If-None-Match") }
        locked {
            let task = session.dataTask(with: request)
            pending[task.taskIdentifier] = Pending(isConditional: etag != nil, completion: completion)
            task.resume()
        }
    }

    /// A redirect becomes the answer, and is refused by its status.
    public func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    /// The body comes inflated, so this bounds what a small one can become.
    public func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooLarge: Bool = locked {
            let room = PinBundle.mostBytes + 1 - (pending[dataTask.taskIdentifier]?.body.count ?? 0)
            pending[dataTask.taskIdentifier]?.body.append(data.prefix(max(0, room)))
            return data.count >= room
        }
        if isTooLarge {
            finish(dataTask, error: nil)
            dataTask.cancel()
        }
    }

    public func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: Error?) {
        finish(task, error: error)
    }

    private func finish(_ task: URLSessionTask, error: Error?) {
        guard let ended = locked({ pending.removeValue(forKey: task.taskIdentifier) }) else { return }
        if let error = error { return ended.completion(.failure(error)) }
        let response = task.response as? HTTPURLResponse
        switch response?.statusCode {
        case 200?:
            // A dictionary of the server's spelling; `value(forHTTPHeaderField:)` ignores case, and exists from iOS 13.
            let etag = response?.value(forHTTPHeaderField: "ETag")
            ended.completion(.success(.body(Array(ended.body), etag: etag)))
        case 304? where ended.isConditional:
            ended.completion(.success(.notModified))
        default:
            ended.completion(.failure(URLError(.badServerResponse)))
        }
    }

    private func locked<Value>(_ work: () -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return work()
    }
}
