using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DailyDigest.Accounts;

namespace DailyDigest.Web.Tests;

/// <content>Programs that use <c>/api/v1</c>.</content>
public sealed partial class WebFixture
{
    /// <summary>A program with a key of this scope, made as on the desk.</summary>
    public async Task<ApiProgram> ProgramAsync(string scope) => new(Client, await Get<ApiKeyStore>().AddAsync(
        $"key-{Guid.NewGuid():N}"[..20], scope, Actor.CommandLine, TestContext.Current.CancellationToken));
}

/// <summary>An answer of the API.</summary>
public sealed record ApiReply(int Status, string Text, HttpResponseMessage Message)
{
    /// <summary>The body as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Text)!;

    public JsonNode this[string name] => Json[name]!;

    /// <summary>The code of the problem; null for none.</summary>
    public string? Code => Text.StartsWith('{') ? (string?)Json["code"] : null;

    /// <summary>The lines of the problem.</summary>
    public IReadOnlyList<string> Errors => Json["errors"] is JsonArray lines ? [.. lines.Select(line => (string)line!)] : [];

    /// <summary>The header; null for none.</summary>
    public string? Header(string name) => Message.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}

/// <summary>A program with a key.</summary>
public sealed class ApiProgram(HttpClient client, string key)
{
    public string Key => key;

    public Task<ApiReply> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync("GET", path, null, headers);

    public Task<ApiReply> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync("POST", path, body is null ? null : Text(body), headers);

    /// <summary>Sends a body as it is.</summary>
    public async Task<ApiReply> SendAsync(string method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1" + path);
        request.Headers.Add("X-Api-Key", key);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type")
            {
                request.Content!.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new ApiReply((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer);
    }

    private static string Text(object body) => JsonSerializer.Serialize(body, JsonSerializerOptions.Web);
}
