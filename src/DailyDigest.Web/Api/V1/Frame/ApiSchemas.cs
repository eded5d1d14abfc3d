using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DailyDigest.Web;

/// <summary>The schemas of the document. A value that may be null is left out in an answer, so it is optional and never null.</summary>
internal static class ApiSchemas
{
    public static Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (schema.Type is { } type)
        {
            schema.Type = type & ~JsonSchemaType.Null;
        }

        if (schema.Enum is { Count: > 0 } words)
        {
            (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. words.Where(word => word is not null)]);
        }

        foreach (var property in context.JsonTypeInfo.Properties.Where(one => one.IsGetNullable && !one.IsRequired))
        {
            schema.Required?.Remove(property.Name);
        }

        // Fields may be added to answers later.
        schema.AdditionalPropertiesAllowed = true;
        return Task.CompletedTask;
    }

    /// <summary>The framework adds "or null" to references when it puts the document together. Here it is taken away again.</summary>
    public static void RemoveNulls(OpenApiDocument document)
    {
        foreach (var fields in (document.Components?.Schemas?.Values ?? []).Select(schema => schema.Properties)
            .OfType<IDictionary<string, IOpenApiSchema>>())
        {
            foreach (var (name, field) in fields.ToList())
            {
                if (field.OneOf is { Count: 2 } either && either.FirstOrDefault(one => one.Type != JsonSchemaType.Null) is { } other)
                {
                    fields[name] = other;
                }
            }
        }
    }

    /// <summary>The schema of a parameter.</summary>
    public static OpenApiSchema Of(Type type) => type switch
    {
        _ when type == typeof(int) => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
        _ when type == typeof(bool) => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        _ when type == typeof(DateOnly) => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date" },
        { IsEnum: true } => new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)JsonNamingPolicy.KebabCaseLower.ConvertName(name)!)],
        },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
