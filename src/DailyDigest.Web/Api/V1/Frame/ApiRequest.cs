using System.Globalization;
using System.Text.Json;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A request to <c>/api/v1</c> that was let in. Everything that it reads is checked; a fault is answered by the frame.</summary>
internal sealed class ApiRequest(HttpContext context, KnownKey? key, ApiRoute route, ApiCursors cursors)
{
    public const int MaxPage = 200;
    public const int UsualPage = 50;

    /// <summary>The request itself.</summary>
    public HttpContext Context => context;

    /// <summary>The request is over.</summary>
    public CancellationToken Cancellation => context.RequestAborted;

    /// <summary>The sender, for the audit.</summary>
    public Actor Actor => Actor.Key(key!.Name);

    /// <summary>True if the key may do it.</summary>
    public bool May(Permission permission) => key is not null && ApiKey.PermissionsOf(key.Scopes).Contains(permission);

    /// <summary>A part of the path.</summary>
    public string Route(string name) => context.Request.RouteValues[name] as string ?? "";

    /// <summary>A parameter of the query; null if it is missing.</summary>
    /// <exception cref="ApiFaultException">It is there twice, or longer than <paramref name="max"/>.</exception>
    public string? Text(string name, int max = 200) => context.Request.Query[name] switch
    {
        [] => null,
        [{ } value] when value.Length <= max => value.Length == 0 ? null : value,
        _ => throw Fault(name, string.Create(CultureInfo.InvariantCulture, $"must be one text of at most {max} characters")),
    };

    /// <summary>A whole number.</summary>
    /// <exception cref="ApiFaultException">It is none, or out of range.</exception>
    public int Number(string name, int min, int max, int usual) => Text(name) is not { } text ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
        : throw Fault(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}"));

    /// <summary>A date; null if it is missing.</summary>
    /// <exception cref="ApiFaultException">It is none.</exception>
    public DateOnly? Date(string name) => Text(name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
        : throw Fault(name, "must be a date (yyyy-MM-dd)");

    /// <summary>One of the words of an enumeration; null if it is missing.</summary>
    /// <exception cref="ApiFaultException">It is none.</exception>
    public T? Word<T>(string name) where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var words = Enum.GetValues<T>().ToDictionary(one => JsonNamingPolicy.KebabCaseLower.ConvertName(one.ToString()));
        return words.TryGetValue(text, out var word) ? word : throw Fault(name, "must be one of " + string.Join(", ", words.Keys));
    }

    /// <summary>The version of <c>If-Match</c>; null if there is none or <c>*</c>.</summary>
    /// <exception cref="ApiFaultException">It cannot be read, or the route needs it and it is missing.</exception>
    public string? Version
    {
        get
        {
            var sent = context.Request.Headers.IfMatch;
            return sent switch
            {
                [] when route.NeedsVersion => throw new ApiFaultException(ApiProblem.NoVersion),
                [] or ["*"] => null,
                [{ } tag] when ApiTag.Read(tag) is { } version => version,
                _ => throw new ApiFaultException(ApiProblem.Changed.Because("If-Match must be one ETag as it was sent.")),
            };
        }
    }

    /// <summary>The same as a number.</summary>
    public long? VersionNumber => Version is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ApiFaultException(ApiProblem.Changed);

    /// <summary>How many entries the client wants on a page.</summary>
    public int Take => Number("limit", 1, MaxPage, UsualPage);

    /// <summary>The position at which the page begins; null for the first page.</summary>
    /// <exception cref="ApiFaultException">The cursor is none of this list with these filters.</exception>
    public string? After => Text("cursor", 600) is not { } cursor ? null
        : cursors.Read(List, cursor) ?? throw Fault("cursor", "is none of this list with these parameters");

    /// <summary>A page of a list.</summary>
    /// <param name="items">Its entries.</param>
    /// <param name="next">The position after it; null on the last page.</param>
    public ApiPage<T> Page<T>(IEnumerable<T> items, string? next) => new([.. items], next is null ? null : cursors.Of(List, next));

    /// <summary>Begins an answer that is a file, and returns its stream. For a route that <see cref="ApiRoute.Streams"/>.</summary>
    public Stream BeginFile(string type, string name)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = type;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        context.Response.Headers.CacheControl = "no-store";
        HasFile = true;
        return context.Response.Body;
    }

    /// <summary>True if the handler writes the answer itself.</summary>
    public bool HasFile { get; private set; }

    private string List => route.Name + "\n" + string.Join('&', context.Request.Query
        .Where(pair => pair.Key is not "cursor" and not "limit").OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => $"{pair.Key}={pair.Value}"));

    private static ApiFaultException Fault(string name, string rule) => new(ApiProblem.Of(name, rule));
}
