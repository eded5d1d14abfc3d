using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web.Tests.Api;

/// <summary>The OpenAPI document, its page, and what the routes do.</summary>
public sealed class DocumentTests
{
    [Fact]
    public async Task The_document_has_every_route_with_its_answers_and_nothing_else()
    {
        await using var site = await WebFixture.StartAsync();
        using var answer = await site.Client.GetAsync("/api/v1/openapi.json", TestContext.Current.CancellationToken);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.StartsWith("3.1", (string)document["openapi"]!, StringComparison.Ordinal);
        var written = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(one => (path.Key, one)))
            .ToDictionary(pair => $"{pair.one.Key.ToUpperInvariant()} {pair.Key}", pair => pair.one.Value!);

        var routes = Routes(site).ToDictionary(route => $"{route.Method} {route.Pattern}");
        Assert.Equal(routes.Keys.Order(), written.Keys.Order());
        foreach (var (name, route) in routes)
        {
            var operation = written[name];
            Assert.Equal(route.Name, (string?)operation["operationId"]);
            Assert.True(route.Summary.EndsWith('.'), name);
            var statuses = route.Problems.Select(problem => problem.Status).Append(route.Status).Distinct().Order();
            Assert.Equal(statuses, operation["responses"]!.AsObject().Select(one => int.Parse(one.Key, null)).Order());
            Assert.All(operation["responses"]!.AsObject(), one => Assert.False(string.IsNullOrEmpty((string?)one.Value!["description"])));
            Assert.Equal(route.BodyType is not null, operation["requestBody"] is not null);
            Assert.Equal(route.Permission == Accounts.Permission.Open ? 0 : 2, operation["security"]?.AsArray().Count ?? 0);
        }

        Assert.Equal(routes.Count, routes.Values.Select(route => route.Name).Distinct().Count());
        Assert.Equal(["key", "bearer"], document["components"]!["securitySchemes"]!.AsObject().Select(one => one.Key));
    }

    /// <summary>A name of a type or a field of a body is the name in the JSON, and each has a description.</summary>
    [Fact]
    public async Task Each_type_and_field_of_the_document_is_one_of_the_program()
    {
        await using var site = await WebFixture.StartAsync();
        var document = JsonNode.Parse(await site.PageAsync("/api/v1/openapi.json"))!;
        var schemas = document["components"]!["schemas"]!.AsObject();
        var faults = new List<string>();
        foreach (var type in Routes(site).SelectMany(route => new[] { route.BodyType, route.AnswerType }).OfType<Type>().Distinct())
        {
            var name = type.IsGenericType ? $"PageOf{Short(type.GetGenericArguments()[0])}" : Short(type);
            if (schemas[name] is not { } schema)
            {
                faults.Add($"{name}: is not in the document");
                continue;
            }

            var fields = ApiJson.Options.GetTypeInfo(type).Properties.Select(one => one.Name).Order();
            if (!fields.SequenceEqual((schema["properties"]?.AsObject() ?? []).Select(one => one.Key).Order()))
            {
                faults.Add($"{name}: has other fields");
            }

            faults.AddRange(type.Assembly != typeof(ApiRoute).Assembly ? [] : schema["properties"]!.AsObject()
                .Where(one => one.Value!["description"] is null).Select(one => $"{name}.{one.Key}: says nothing"));
        }

        Assert.Empty(faults);
        Assert.DoesNotContain("\"null\"", document.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_shows_every_route_and_runs_no_script()
    {
        await using var site = await WebFixture.StartAsync();
        var page = await site.PageAsync("/api/v1/docs");
        Assert.All(Routes(site), route => Assert.Contains($"id=\"{route.Name}\"", page, StringComparison.Ordinal));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    internal static IEnumerable<ApiRoute> Routes(WebFixture site) => site.Get<EndpointDataSource>().Endpoints
        .Select(endpoint => endpoint.Metadata.GetMetadata<ApiRoute>()).OfType<ApiRoute>();

    private static string Short(Type type) => type.Name.Replace("Api", "", StringComparison.Ordinal);
}
