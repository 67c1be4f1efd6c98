/// How a front door behaves.
package struct FrontDoorOptions: Sendable {
    /// Entries of a page of a list.
    package var pageSize = 500
    /// Its name in `serverInfo`.
    package var serverName = "mcpstore"
    /// Its version in `serverInfo`.
    package var serverVersion = "0"
    /// What models are told of it.
    package var instructions =
        "The tools, resources and prompts of many MCP servers behind one. Where several servers have a tool of one name, it is listed as server_tool."
    /// How long clients may keep a list, in milliseconds. Short: `subscriptions/listen` tells of changes, caches do not ask.
    package var listLifetime = 5000
    /// After how long a call becomes a task, for clients that declare the extension.
    package var taskAfter = Duration.seconds(10)
    /// The same for tools that say that they support tasks.
    package var supportedTaskAfter = Duration.milliseconds(500)
    /// How often clients are told to ask for a task, in milliseconds.
    package var pollInterval = 1000
    /// Open `subscriptions/listen` streams; more are refused.
    package var mostSubscriptions = 1024

    package init() {}
}
