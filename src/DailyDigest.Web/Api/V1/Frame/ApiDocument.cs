using DailyDigest.Accounts;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace DailyDigest.Web;

/// <summary>The OpenAPI 3.1 document of <c>/api/v1</c>. It is made from the routes, so that it cannot differ from them.</summary>
internal static class ApiDocument
{
    /// <summary>The name of the document, and the key of its provider.</summary>
    public const string Name = "v1";

    /// <summary>The content type of bodies in the metadata of endpoints.</summary>
    public const string AnyType = "*/*";

    private const string Header = "key";
    private const string Bearer = "bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head
            && description.ActionDescriptor.EndpointMetadata.OfType<ApiRoute>().Any();
        options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type)
            ?.Replace("Api", "", StringComparison.Ordinal).Replace("ProblemBody", "Problem", StringComparison.Ordinal);
        options.AddSchemaTransformer(ApiSchemas.TransformAsync);
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context.Description.ActionDescriptor.EndpointMetadata.OfType<ApiRoute>().Single(), context.Document!);
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, context, _) =>
        {
            Describe(document, context.ApplicationServices.GetRequiredService<Publication>());
            return Task.CompletedTask;
        });
    }

    private static void Describe(OpenApiDocument document, Publication publication)
    {
        document.Info = new OpenApiInfo
        {
            Title = $"DailyDigest API of {publication.Name}",
            Version = "1",
            Description = "Every act and list of the desk. Fields may be added to answers; a program ignores those that it does not know.",
        };
        document.Servers = [new OpenApiServer { Url = publication.BaseUrl.TrimEnd('/') }];
        ApiSchemas.RemoveNulls(document);
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Header] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "X-Api-Key",
                Description = "A key that an owner made on the desk, or one of the settings.",
            },
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The same key as Authorization: Bearer KEY.",
            },
        };
    }

    private static void Describe(OpenApiOperation operation, ApiRoute route, OpenApiDocument document)
    {
        (operation.Summary, operation.Description) = (route.Summary, Text(route));
        if (operation.RequestBody?.Content is { } content && content.Remove(AnyType, out var body))
        {
            content["application/json"] = body;
        }

        operation.Parameters = [.. Parameters(route)];
        List<string> scope = [.. ApiKey.WordsWith(route.Permission).Take(1)];
        operation.Security = route.Permission == Permission.Open ? [] :
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Header, document)] = scope },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = scope },
        ];
        foreach (var (status, response) in operation.Responses ?? [])
        {
            var problems = route.Problems.Where(problem => $"{problem.Status}" == status).ToList();
            response.Description = problems.Count == 0 ? "Success."
                : string.Join(" ", problems.Select(problem => $"`{problem.Code}`: {problem.Title}"));
        }
    }

    private static string Text(ApiRoute route) => string.Join("\n\n", new[]
    {
        route.Description,
        route.Permission == Permission.Open ? "Needs no key."
            : $"Needs a key of one of the scopes {string.Join(", ", ApiKey.WordsWith(route.Permission).Select(word => $"`{word}`"))}.",
    }.Where(text => text.Length > 0));

    private static IEnumerable<IOpenApiParameter> Parameters(ApiRoute route)
    {
        foreach (var part in route.Pattern.Split('/').Where(part => part.StartsWith('{')))
        {
            yield return Parameter(part.Trim('{', '}'), ParameterLocation.Path, ApiSchemas.Of(typeof(string)), null);
        }

        foreach (var parameter in route.Parameters)
        {
            yield return Parameter(parameter.Name, ParameterLocation.Query, ApiSchemas.Of(parameter.Type), parameter.Text);
        }

        if (route.IsVersioned)
        {
            yield return Parameter(
                "If-Match", ParameterLocation.Header, ApiSchemas.Of(typeof(string)),
                "The ETag that was seen. If it was changed in between, the answer is 412 and nothing is changed.", route.NeedsVersion);
        }

        if (route.IsAct && !route.IsStream)
        {
            yield return Parameter(
                ApiCalls.Header, ParameterLocation.Header, ApiSchemas.Of(typeof(string)),
                "A new random text for each act. If the same request comes again within 24 hours, it gets the first answer again.");
        }
    }

    private static OpenApiParameter Parameter(
        string name, ParameterLocation place, OpenApiSchema schema, string? text, bool required = false) => new()
        {
            Name = name,
            In = place,
            Required = required || place == ParameterLocation.Path,
            Schema = schema,
            Description = text,
        };
}
