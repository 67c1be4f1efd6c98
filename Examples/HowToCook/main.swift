// Example 1 of MCPStore's Redis documentation, line by line: a local service and Redis.
//
//     swift run HowToCook
//     swift run HowToCook COMMAND [ARGUMENT]…        with another server that offers getAllRecipes
//
// MCPSTORE_REDIS_URL names another Redis. Nothing else has to run.
import Foundation
import MCPStore

let environment = ProcessInfo.processInfo.environment
let server = CommandLine.arguments.count > 1 ? Array(CommandLine.arguments.dropFirst()) : ["npx", "-y", "howtocook-mcp"]

// 服务配置（本地 MCP 服务）
let demoMCP: JSONValue = [
    "mcpServers": [
        "howtocook": [
            "command": .string(server[0]),
            "args": .array(server.dropFirst().map { .string($0) }),
        ]
    ]
]

// Redis 配置
let redisConfig = RedisOptions(
    url: environment["MCPSTORE_REDIS_URL"] ?? "redis://localhost:6379/0",
    password: nil,
    namespace: "bendi",  // 本地服务使用 "bendi" 命名空间
    dataspace: "auto",
    socketTimeout: .seconds(2),
    healthcheckInterval: .seconds(30)
)

do {
    // 初始化 Store
    let store = try await MCPStore.setup(debug: true, redis: redisConfig)

    // 添加服务
    try await store.forStore().addService(demoMCP)

    // 等待服务就绪
    let ws = try await store.forStore().waitService("howtocook")
    print("服务状态: \(ws.status)")

    // 列出服务
    let services = try await store.forStore().listServices()
    print("已注册服务: \(services.map(\.name))")

    // 列出工具
    let tools = try await store.forStore().listTools()
    print("可用工具: \(tools.map(\.name))")

    // 调用工具
    let result = try await store.forStore().useTool("mcp_howtocook_getAllRecipes", [:])
    print("调用结果: \(result)")

    // What was in Redis goes now; without this line it goes when its lease is over.
    await store.close()
} catch {
    // Swift would print a backtrace; what is wrong is one line.
    print("\(error)")
    exit(1)
}
