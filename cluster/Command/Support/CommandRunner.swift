import ArgumentParser
import MCPStore
import MCPStoreQueue

/// Parses the command line, runs the command, and turns whatever it throws into an exit status and one line.
enum CommandRunner {
    static func run(_ arguments: [String]) async -> ExitStatus {
        do {
            var command = try MCPStoreCommand.parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Console.shared.finish(nil)
            return Console.shared.hasLostOutput ? .noAnswer : .answered
        } catch let failure as CommandFailure {
            Console.shared.finish(failure.message)
            return failure.status
        } catch let error as MCPStoreError {
            Console.shared.finish(error.message)
            return ExitStatus(error.code)
        } catch let error as QueueError {
            let error = MCPStoreError(error)
            Console.shared.finish(error.message)
            return ExitStatus(error.code)
        } catch {
            return parserSays(error)
        }
    }

    /// Help and version go to standard output; everything else is wrong usage.
    private static func parserSays(_ error: any Error) -> ExitStatus {
        if MCPStoreCommand.exitCode(for: error) == .success {
            Console.shared.out(MCPStoreCommand.fullMessage(for: error))
            Console.shared.finish(nil)
            return Console.shared.hasLostOutput ? .noAnswer : .answered
        }
        let message = MCPStoreCommand.message(for: error).oneLine
        Console.shared.finish(message.hasSuffix("--help") ? message : "\(message.trimmingSuffix(".")); see mcpstore --help")
        return .usage
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
