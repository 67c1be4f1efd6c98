import Logging

extension Logger {
    /// The same for a part whose daily work the owner of a store does not want to read: nothing below `level`, unless he asked
    /// for everything with `debug`.
    func quiet(below level: Level) -> Logger {
        guard logLevel > .debug else { return self }
        var quiet = self
        quiet.logLevel = max(logLevel, level)
        return quiet
    }
}
