import Foundation
import Security

/// A `URLSession` with the pins of the moment. A request that meets a mismatch fetches the configuration, and is made once
/// more if that changed what is asked of its host. Each host of a redirect is judged by its own entry, because each has a
/// challenge of its own.
public final class PinnedSession: NSObject, URLSessionDelegate {
    private let client: PinClient
    private let configuration: URLSessionConfiguration
    private let lock = NSLock()
    private var session: URLSession?
    /// What was asked of hosts when they last did not match.
    private var failed: [String: Decision] = [:]

    public init(client: PinClient, configuration: URLSessionConfiguration = .default) {
        self.client = client
        self.configuration = configuration
    }

    public func dataTask(with request: URLRequest, completion: @escaping (Data?, URLResponse?, Error?) -> Void) {
        start(request, isRetry: false, completion)
    }

    /// Call it from `PinEvents.changed`. Running tasks end in peace; later ones make connections of their own, which see the
    /// new pins. An open connection is not challenged again.
    public func pinsChanged() {
        let old: URLSession? = locked {
            defer { session = nil }
            return session
        }
        old?.finishTasksAndInvalidate()
    }

    private func start(_ request: URLRequest, isRetry: Bool, _ completion: @escaping (Data?, URLResponse?, Error?) -> Void) {
        let task = current().dataTask(with: request) { data, response, error in
            let host = (error as? URLError)?.failingURL?.host ?? request.url?.host ?? ""
            // A challenge that the delegate cancels ends the task as "cancelled".
            guard !isRetry, (error as? URLError)?.code == .cancelled,
                let used = self.locked({ self.failed.removeValue(forKey: HostName.canonical(host)) })
            else { return completion(data, response, error) }
            self.client.recover(host, used: used) { isChanged in
                guard isChanged else { return completion(data, response, error) }
                self.pinsChanged()
                self.start(request, isRetry: true, completion)
            }
        }
        task.resume()
    }

    private func current() -> URLSession {
        locked {
            if let session = session { return session }
            let made = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
            session = made
            return made
        }
    }

    public func urlSession(
        _ session: URLSession, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        guard challenge.protectionSpace.authenticationMethod == NSURLAuthenticationMethodServerTrust,
            let trust = challenge.protectionSpace.serverTrust
        else { return completionHandler(.performDefaultHandling, nil) }
        let host = challenge.protectionSpace.host
        // The platform's own trust first: pins come on top of it. Its evaluation also finds the path.
        guard SecTrustEvaluateWithError(trust, nil) else {
            return completionHandler(.cancelAuthenticationChallenge, nil)
        }
        let used = client.decide(host)
        guard client.check(host, PinnedSession.path(trust)).mayConnect else {
            locked { failed[HostName.canonical(host)] = used }
            return completionHandler(.cancelAuthenticationChallenge, nil)
        }
        completionHandler(.useCredential, URLCredential(trust: trust))
    }

    /// The pins of the keys on the path that was validated, leaf first.
    static func path(_ trust: SecTrust) -> [String] {
        (0..<SecTrustGetCertificateCount(trust)).compactMap { index in
            guard let certificate = SecTrustGetCertificateAtIndex(trust, index) else { return nil }
            let der = Array(SecCertificateCopyData(certificate) as Data)
            return CertificateKey.subjectPublicKeyInfo(der).map(Pin.of(subjectPublicKeyInfo:))
        }
    }

    private func locked<Value>(_ work: () -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return work()
    }
}
