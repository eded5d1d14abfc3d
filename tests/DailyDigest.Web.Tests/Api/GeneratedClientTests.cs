using System.Globalization;
using System.Reflection;
using DailyDigest.Subscribers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;

namespace DailyDigest.Web.Tests.Api;

/// <summary>A client that NSwag generates from the document compiles, and makes the journey from sign-up to erased.</summary>
public sealed class GeneratedClientTests
{
    private const string Space = "Generated";

    [Fact]
    public async Task A_generated_client_goes_from_sign_up_to_erased()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var generated = Compile(await GenerateAsync(await site.PageAsync("/api/v1/openapi.json")));
        using var http = new HttpClient { BaseAddress = site.Client.BaseAddress };
        http.DefaultRequestHeaders.Add("X-Api-Key", program.Key);
        dynamic client = Activator.CreateInstance(generated.GetType(Space + ".Client")!, http)!;

        dynamic signUp = New(generated, "SignUp");
        signUp.Address = "reader@example.com";
        signUp.Hour = 6;
        Assert.Equal("accepted", (string)(await client.SignUpAsync(body: signUp)).Status);
        var person = await site.FindAsync("reader@example.com");
        using var confirmed = await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id, person.Version)));
        Assert.True((int)confirmed.StatusCode < 400);

        dynamic listed = await client.ListReadersAsync();
        var items = ((IEnumerable<object>)listed.Items).ToList();
        dynamic reader = Assert.Single(items);
        string id = reader.Id;
        Assert.Equal(("reader@example.com", "Active", 6), ((string)reader.Address, (string)reader.Status.ToString(), (int)reader.Hour));

        for (var number = 0; number < 6; number++)
        {
            var story = $$"""{"url":"https://gazette.example.com/{{number}}","title":"{{Titles[number]}}"}""";
            var pushed = await site.AskAsync(
                "POST", "/api/stories", story, type: "application/json", headers: ("X-Api-Key", WebFixture.Key));
            Assert.Equal(200, pushed.Status);
        }

        dynamic draft = await client.GetDraftAsync("next");
        Assert.NotEmpty((IEnumerable<object>)draft.Items);
        dynamic mail = await client.GetDraftMailAsync("next");
        Assert.Contains("<html", (string)mail.Html, StringComparison.OrdinalIgnoreCase);

        dynamic pause = New(generated, "Pause");
        pause.Until = new DateTimeOffset(2026, 3, 20, 0, 0, 0, TimeSpan.Zero);
        dynamic paused = await client.PauseReaderAsync(id, if_Match: (string)reader.Etag, idempotency_Key: "pause-1", body: pause);
        Assert.Equal("2026-03-20", ((DateTimeOffset)paused.PausedUntil).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        dynamic left = await client.UnsubscribeReaderAsync(id, if_Match: (string)paused.Etag);
        Assert.Equal("Unsubscribed", (string)left.Status.ToString());

        dynamic erase = New(generated, "Erase");
        erase.Address = "reader@example.com";
        await client.EraseReaderAsync(id, body: erase);
        Exception gone = await Assert.ThrowsAnyAsync<Exception>(async () => await client.GetReaderAsync(id));
        Assert.Equal((404, "not-found"), ((int)((dynamic)gone).StatusCode, (string)((dynamic)gone).Result.Code));
        Assert.Empty((IEnumerable<object>)(await client.ListReadersAsync()).Items);
    }

    private static readonly string[] Titles =
    [
        "Tide gauges tell of the highest flood", "The last sail loft opens for a night", "A week with the harbour pilots",
        "Council keeps the fish market", "Grandmother's logbook and the weather", "Ferry timetable changes in May",
    ];

    private static async Task<string> GenerateAsync(string json) => new CSharpClientGenerator(
        await NSwag.OpenApiDocument.FromJsonAsync(json, TestContext.Current.CancellationToken), new CSharpClientGeneratorSettings
        {
            ClassName = "Client",
            UseBaseUrl = false,
            GenerateOptionalParameters = true,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            CSharpGeneratorSettings = { Namespace = Space, JsonLibrary = CSharpJsonLibrary.NewtonsoftJson },
        }).GenerateFile();

    private static Assembly Compile(string code)
    {
        var trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create(
            Space, [CSharpSyntaxTree.ParseText(code, cancellationToken: TestContext.Current.CancellationToken)],
            trusted.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var bytes = new MemoryStream();
        var result = compilation.Emit(bytes, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(result.Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error).Select(one => one.ToString()));
        return Assembly.Load(bytes.ToArray());
    }

    private static object New(Assembly generated, string type) => Activator.CreateInstance(generated.GetType($"{Space}.{type}")!)!;
}
