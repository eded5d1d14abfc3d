using System.Text.Json;
using DailyDigest.Functions.Tests.TestHost.Protocol;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>A function as the worker reports it, with the one binding that starts it.</summary>
internal sealed class FunctionTrigger
{
    private const string Suffix = "Trigger";

    private readonly JsonElement binding;

    public FunctionTrigger(RpcFunctionMetadata metadata)
    {
        Metadata = metadata;
        binding = metadata.RawBindings.Select(raw => JsonDocument.Parse(raw).RootElement)
            .Single(one => one.GetProperty("type").GetString()!.EndsWith(Suffix, StringComparison.Ordinal));
    }

    /// <summary>The worker's own message, which it wants back when the function is loaded.</summary>
    public RpcFunctionMetadata Metadata { get; }

    public string Id => Metadata.FunctionId;

    public string Name => Metadata.Name;

    /// <summary>The parameter that takes the trigger's data.</summary>
    public string Parameter => Text("name")!;

    /// <summary>timerTrigger, queueTrigger or httpTrigger.</summary>
    public string Type => Text("type")!;

    public string? Schedule => Text("schedule");

    public string? QueueName => Text("queueName");

    public string? Connection => Text("connection");

    public string? Route => Text("route");

    public string? AuthLevel => Text("authLevel");

    /// <summary>Lower-case HTTP methods; null for any.</summary>
    public IReadOnlyList<string>? Methods => Find("methods") is { ValueKind: JsonValueKind.Array } methods
        ? [.. methods.EnumerateArray().Select(method => method.GetString()!)] : null;

    /// <summary>Every value of the binding that is a text: where a setting's name in percent signs could stand.</summary>
    public IEnumerable<string> Texts => binding.EnumerateObject()
        .Where(property => property.Value.ValueKind == JsonValueKind.String).Select(property => property.Value.GetString()!);

    private string? Text(string name) => Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private JsonElement? Find(string name) => binding.TryGetProperty(name, out var value) ? value : null;
}
