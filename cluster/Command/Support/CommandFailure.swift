/// Ends a command with a status and one line on standard error.
struct CommandFailure: Error {
    var status: ExitStatus
    var message: String
}
