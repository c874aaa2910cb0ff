import Foundation
import XCTest

@testable import PinwatchPins

/// The cases of verify/vectors; their README has the format.
final class VectorTests: XCTestCase {
    private struct Case: Decodable {
        struct Stored: Decodable {
            let generation: Int64
            let version: Int64
            let issuedAt: Int64
            let keys: String
            let configuration: String
        }
        struct Accepted: Decodable {
            let generation: Int64
            let version: Int64
            let issuedAt: Int64
            let expiresAt: Int64
            let refresh: Int64
            let state: String
        }
        struct Question: Decodable {
            let host: String
            let device: String?
            let at: Int64
            let path: [String]
            let decision: String
            let report: Bool
        }
        let roots: [String]
        let audience: String
        let now: Int64
        let stored: Stored?
        let expected: String
        let accepted: Accepted?
        let decisions: [Question]
    }

    func testEveryVector() throws {
        let cases = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("vectors/cases")
        let names = try FileManager.default.contentsOfDirectory(atPath: cases.path).sorted()
        XCTAssertGreaterThan(names.count, 500)
        for name in names {
            try check(cases.appendingPathComponent(name), name)
        }
    }

    private func check(_ folder: URL, _ name: String) throws {
        let facts = try JSONDecoder().decode(Case.self, from: Data(contentsOf: folder.appendingPathComponent("case.json")))
        let bytes = Array(try Data(contentsOf: folder.appendingPathComponent("bundle")))
        let roots = try facts.roots.map { Array(try XCTUnwrap(Data(base64Encoded: $0))) }
        let verifier = try XCTUnwrap(BundleVerifier(roots: roots, channel: facts.audience))
        let found: String
        var bundle: PinBundle?
        do {
            let verified = try verifier.verify(bytes)
            bundle = verified
            found = try held(facts.stored)?.isReplaced(by: verified.held) ?? true ? "accepted" : "unchanged"
        } catch let refusal as Refusal {
            found = refusal.code.rawValue
        }
        XCTAssertEqual(found, facts.expected, name)
        guard found == "accepted", let accepted = facts.accepted, let configuration = bundle?.configuration else { return }
        XCTAssertEqual(bundle?.tuple, BundleTuple(
            generation: accepted.generation, version: accepted.version, issuedAt: accepted.issuedAt), name)
        XCTAssertEqual(configuration.expiresAt, accepted.expiresAt, name)
        XCTAssertEqual(configuration.refresh, accepted.refresh, name)
        XCTAssertEqual(configuration.isStale(at: facts.now) ? "stale" : "fresh", accepted.state, name)
        for question in facts.decisions {
            let decision = configuration.decide(host: question.host, deviceId: question.device, at: question.at)
            XCTAssertEqual(words(decision.judge(question.path)), "\(question.decision) \(question.report)", "\(name): \(question)")
        }
    }

    private func held(_ stored: Case.Stored?) -> Held? {
        stored.map {
            Held(
                tuple: BundleTuple(generation: $0.generation, version: $0.version, issuedAt: $0.issuedAt),
                keys: Array($0.keys.utf8), configuration: Array($0.configuration.utf8))
        }
    }

    private func words(_ verdict: Verdict) -> String {
        switch verdict {
        case .allowed: return "allowed false"
        case .mismatch: return "mismatch true"
        case .reported: return "allowed true"
        case .notPinned: return "not_pinned false"
        }
    }
}
