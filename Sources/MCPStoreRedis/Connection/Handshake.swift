/// The first commands of a connection, sent in one write, and the verdict over their replies. No I/O.
///
/// `PING` comes last because it, unlike the others, is refused while the server loads its data or a replica has lost its
/// primary. Behind it a server that Sentinels named is asked for its role: it may have been demoted since.
struct Handshake {
    private enum Step {
        case authenticate, setName, select, clientID, info, ping, role
    }

    /// How a handshake ends.
    enum Outcome {
        case ready(runID: String?, clientID: Int?)
        case failed(RedisError)
    }

    /// What to send, in order.
    let commands: [RedisCommand]
    private let steps: [Step]
    private let endpoint: String
    private let database: Int
    private let hasUser: Bool
    private var answered = 0
    private var runID: String?
    private var clientID: Int?

    init(configuration: RedisConfiguration, connectionName: String) {
        var commands: [RedisCommand] = []
        var steps: [Step] = []
        if let password = configuration.password {
            var command = RedisCommand("AUTH")
            if let user = configuration.user { command.append(user) }
            command.append(password)
            commands.append(command)
            steps.append(.authenticate)
        }
        commands.append(RedisCommand("CLIENT", "SETNAME", Self.validName(connectionName)))
        steps.append(.setName)
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", String(configuration.database)))
            steps.append(.select)
        }
        commands.append(RedisCommand("CLIENT", "ID"))
        steps.append(.clientID)
        commands.append(RedisCommand("INFO", "server"))
        steps.append(.info)
        commands.append(RedisCommand("PING"))
        steps.append(.ping)
        if configuration.mustBeMaster {
            commands.append(RedisCommand("ROLE"))
            steps.append(.role)
        }
        self.commands = commands
        self.steps = steps
        self.endpoint = configuration.endpointDescription
        self.database = configuration.database
        self.hasUser = configuration.user != nil
    }

    /// Redis refuses names with spaces, line ends and other special characters.
    private static func validName(_ name: String) -> String {
        String(name.unicodeScalars.map { $0.value > 32 && $0.value < 127 ? Character($0) : "-" })
    }

    /// Takes the next reply; `nil` means that more are to come.
    mutating func received(_ reply: RESPReply) -> Outcome? {
        guard self.answered < self.steps.count else {
            return .failed(RedisError(.protocolViolation, "\(self.endpoint) answered more than it was asked"))
        }
        let step = self.steps[self.answered]
        self.answered += 1
        if let text = reply.errorMessage, let error = self.failure(of: step, text) { return .failed(error) }
        switch step {
        case .clientID: self.clientID = reply.integer
        case .info: self.runID = reply.string.flatMap(Self.runID)
        case .role: if let error = self.demotion(reply) { return .failed(error) }
        case .authenticate, .setName, .select, .ping: break
        }
        return self.answered == self.steps.count ? .ready(runID: self.runID, clientID: self.clientID) : nil
    }

    /// A replica, or something that is no Redis of data at all, is not used; the Sentinels are asked again.
    private func demotion(_ reply: RESPReply) -> RedisError? {
        // An ACL may refuse ROLE; a replica then shows itself with READONLY at the first write.
        guard let role = reply.array?.first?.string, role != "master" else { return nil }
        return self.error(
            .serverNotReady,
            role == "slave"
                ? "is a replica: the Sentinels have not heard of a failover yet, or it has just been demoted; asking them again"
                : "is not a Redis server with data but a \(role.prefix(20)); the Sentinels name a wrong address",
            nil
        )
    }

    private static func runID(of info: String) -> String? {
        for line in info.split(whereSeparator: \.isNewline) where line.hasPrefix("run_id:") {
            return String(line.dropFirst("run_id:".count))
        }
        return nil
    }

    /// The error that ends the handshake, or `nil` if one can live with the refusal (of `INFO` by an ACL, for instance).
    private func failure(of step: Step, _ text: String) -> RedisError? {
        let error = RedisError.server(text, runsScript: false)
        let code = error.serverCode
        switch code {
        case "LOADING":
            return self.error(.serverNotReady, "is loading its data; trying again until it is done", code)
        case "MASTERDOWN":
            return self.error(.serverNotReady, "is a replica that has lost its primary", code)
        case "BUSY":
            return self.error(.serverNotReady, "is busy with a script", code)
        case "DENIED":
            return self.error(
                .authenticationFailed,
                "is in protected mode and refuses connections from other machines; set a password there",
                code
            )
        case "NOAUTH":
            return self.error(
                .authenticationFailed,
                "requires a password; put it into the URL (redis://user:password@host) or give it beside the URL",
                code
            )
        case "ERR" where text.contains("max number of clients"):
            return self.error(.serverNotReady, "has reached its maximum number of clients", code)
        default: break
        }
        switch step {
        case .authenticate: return self.authenticationFailure(text, code)
        case .select:
            return self.error(.badDatabase, "does not let us use database \(self.database): \(error.message)", code)
        case .setName, .clientID, .info, .ping, .role: return nil
        }
    }

    /// Only texts that are known are repeated: a server that does not know `AUTH` would echo the password.
    private func authenticationFailure(_ text: String, _ code: String?) -> RedisError {
        if code == "WRONGPASS" || text.contains("invalid password") {
            return self.error(.authenticationFailed, "refused the \(self.hasUser ? "user name or password" : "password")", code)
        }
        if text.contains("no password is set") || text.contains("without any password configured") {
            return self.error(
                .authenticationFailed,
                "has no password configured for the default user, but one was given; remove it or name the user",
                code
            )
        }
        return self.error(.authenticationFailed, "refused AUTH", code)
    }

    private func error(_ code: RedisError.Code, _ what: String, _ serverCode: String?) -> RedisError {
        RedisError(code, "\(self.endpoint) \(what)", serverCode: serverCode)
    }
}
