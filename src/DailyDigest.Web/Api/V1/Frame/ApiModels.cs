using System.ComponentModel;

namespace DailyDigest.Web;

/// <summary>A page of a list.</summary>
[Description("A page of a list.")]
internal sealed record ApiPage<T>(
    [property: Description("The entries, in the order of the list.")] IReadOnlyList<T> Items,
    [property: Description("Send this as cursor for the next page. It is left out on the last one.")] string? Next);

/// <summary>Problem details (RFC 9457).</summary>
[Description("Problem details (RFC 9457).")]
internal sealed record ApiProblemBody(
    [property: Description("Always about:blank: look at code.")] string Type,
    [property: Description("What is wrong, for people.")] string Title,
    [property: Description("The status of the answer.")] int Status,
    [property: Description("What is wrong, for programs: a word that never changes.")] string Code,
    [property: Description("More about this request, for people.")] string? Detail,
    [property: Description("Each line begins with the name of a field, a parameter or a header.")] IReadOnlyList<string>? Errors);
