/// A description behind a pointer, so that commands are no larger where none is made.
final class ShownCommand: Sendable {
    let description: CommandDescription

    init(_ command: RedisCommand, scriptName: String?) {
        description = CommandDescription(command, scriptName: scriptName)
    }
}
