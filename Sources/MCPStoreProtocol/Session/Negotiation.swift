import NIOCore

/// How a client that speaks both eras finds out which one the server speaks, without any I/O (specification 2026-07-28,
/// "Versioning").
///
/// First it asks `server/discover`. A result that lists versions, or the error "unsupported protocol version", shows a modern
/// server. Everything else, silence included, shows a legacy server, which is then greeted with `initialize`; no single error
/// code decides, because legacy servers refuse unknown requests in many ways. After silence the probe stays open beside
/// `initialize`: a modern server that was slow to start answers it still, and its answer wins.
struct Negotiation {
    /// What is to be done next.
    enum Step: Equatable {
        /// Send `server/discover` for this revision, and report when it is late.
        case probe(ProtocolRevision)
        /// Send `initialize` for this revision.
        case initialize(ProtocolRevision)
        /// Nothing; an answer is still to come.
        case wait
        case finished(Negotiated)
        case failed(MCPError)

        static func == (left: Self, right: Self) -> Bool {
            switch (left, right) {
            case (.probe(let a), .probe(let b)), (.initialize(let a), .initialize(let b)): a == b
            case (.wait, .wait): true
            case (.finished(let a), .finished(let b)): a == b
            case (.failed(let a), .failed(let b)): a.code == b.code
            default: false
            }
        }
    }

    private enum State {
        case probing
        case initializing(ProtocolRevision, probeIsOpen: Bool, refusal: MCPError?)
        case ended
    }

    private var state = State.probing
    private var tried: Set<ProtocolRevision> = []

    /// The first step.
    mutating func start() -> Step { self.probe(.latest) }

    /// `server/discover` was answered or failed.
    mutating func probeAnswered(_ response: MCPResponse) -> Step {
        let probe = Probe(response)
        switch self.state {
        case .ended: return .wait
        case .probing:
            switch probe {
            case .modern(let negotiated): return self.end(.finished(negotiated))
            case .speaks(let versions): return self.choose(from: versions)
            case .unclear: return self.initialize(.latestLegacy)
            }
        case .initializing(let revision, _, let refusal):
            switch probe {
            case .modern(let negotiated): return self.end(.finished(negotiated))
            case .speaks, .unclear:
                // `initialize` decides, and may have been refused already.
                if let refusal { return self.end(.failed(refusal)) }
                self.state = .initializing(revision, probeIsOpen: false, refusal: nil)
                return .wait
            }
        }
    }

    /// The probe has had no answer for as long as a server that is running should need.
    mutating func probeIsLate() -> Step {
        guard case .probing = self.state else { return .wait }
        self.tried.insert(.latestLegacy)
        self.state = .initializing(.latestLegacy, probeIsOpen: true, refusal: nil)
        return .initialize(.latestLegacy)
    }

    /// `initialize` was answered or failed.
    mutating func initializeAnswered(_ response: MCPResponse) -> Step {
        guard case .initializing(_, let probeIsOpen, _) = self.state else { return .wait }
        switch response {
        case .result(let result, _, _):
            return self.end(Self.initializeResult(result))
        case .error(let error, let code):
            let text = JSONRPCErrorText(error)
            if let versions = text.supportedVersions {
                let legacy = versions.filter { $0.era == .legacy && $0.isKnown && !self.tried.contains($0) }
                if let next = legacy.max() { return self.initialize(next) }
            }
            let refusal = MCPError(.rejected, "the server refused to initialize: \(text.message) (code \(code))")
            guard probeIsOpen else { return self.end(.failed(refusal)) }
            self.state = .initializing(.latestLegacy, probeIsOpen: true, refusal: refusal)
            return .wait
        case .failed(let error):
            return self.end(.failed(error))
        }
    }

    private mutating func probe(_ revision: ProtocolRevision) -> Step {
        self.tried.insert(revision)
        return .probe(revision)
    }

    private mutating func initialize(_ revision: ProtocolRevision) -> Step {
        self.tried.insert(revision)
        self.state = .initializing(revision, probeIsOpen: false, refusal: nil)
        return .initialize(revision)
    }

    private mutating func choose(from versions: [ProtocolRevision]) -> Step {
        let known = versions.filter { $0.isKnown && !self.tried.contains($0) }
        guard let best = known.max() else { return self.end(.failed(Self.unsupported(versions))) }
        return best.era == .modern ? self.probe(best) : self.initialize(best)
    }

    private mutating func end(_ step: Step) -> Step {
        self.state = .ended
        return step
    }

    private static func unsupported(_ versions: [ProtocolRevision]) -> MCPError {
        let theirs =
            versions.isEmpty ? "none" : versions.prefix(16).map { String($0.rawValue.prefix(32)) }.joined(separator: ", ")
        let ours = ProtocolRevision.all.map(\.rawValue).joined(separator: ", ")
        return MCPError(.unsupportedVersion, "the server speaks \(theirs); this client speaks \(ours)")
    }

    private static func initializeResult(_ result: ByteBuffer) -> Step {
        var version: String?
        var serverInfo: ByteBuffer?
        var capabilities = ByteBuffer(staticString: "{}")
        var instructions: String?
        do {
            try result.withJSONMembers { (key, value) throws(JSONError) in
                if key.equals("protocolVersion") {
                    version = value.string
                } else if key.equals("capabilities"), value.isObject {
                    capabilities = ByteBuffer(bytes: value.bytes)
                } else if key.equals("serverInfo") {
                    serverInfo = ByteBuffer(bytes: value.bytes)
                } else if key.equals("instructions") {
                    instructions = value.string
                }
            }
            let offers = try ServerOffers(capabilities)
            guard let version else {
                return .failed(MCPError(.protocolViolation, "the server answered initialize without a protocolVersion"))
            }
            let revision = ProtocolRevision(rawValue: version)
            guard revision.isKnown, revision.era == .legacy else { return .failed(self.unsupported([revision])) }
            return .finished(
                Negotiated(
                    revision: revision,
                    serverInfo: serverInfo,
                    capabilities: capabilities,
                    instructions: instructions,
                    offers: offers
                )
            )
        } catch {
            return .failed(MCPError(.protocolViolation, "the server's answer to initialize is no object: \(error)"))
        }
    }
}
