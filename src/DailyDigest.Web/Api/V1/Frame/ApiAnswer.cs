namespace DailyDigest.Web;

/// <summary>An answer of a route: a value, or a fault. Its status is the route's, or the fault's.</summary>
internal abstract class ApiAnswer
{
    /// <summary>The value that is sent as JSON; null for none.</summary>
    public abstract object? Body { get; }

    /// <summary>The fault; null for success.</summary>
    public ApiFault? Fault { get; protected init; }

    /// <summary>The version of the row, sent as ETag; null for none.</summary>
    public string? Version { get; protected init; }

    /// <summary>The path of a new thing below the base URL, sent as Location; null for none.</summary>
    public string? Location { get; protected init; }

    /// <summary>A value as an answer, to add a version or a location to it.</summary>
    public static ApiAnswer<T> Of<T>(T value) where T : class => value;
}

/// <summary>The same with the type of its value.</summary>
internal sealed class ApiAnswer<T> : ApiAnswer where T : class
{
    public T? Value { get; private init; }

    /// <inheritdoc/>
    public override object? Body => Value is NoContent ? null : Value;

    /// <summary>With the version of the row. Clients send it back as If-Match.</summary>
    public ApiAnswer<T> At(string version, string? location = null) => new() { Value = Value, Version = version, Location = location };

    /// <summary>With the path of the new thing.</summary>
    public ApiAnswer<T> In(string location) => new() { Value = Value, Version = Version, Location = location };

    /// <summary>The value as an answer.</summary>
    public static implicit operator ApiAnswer<T>(T value) => new() { Value = value };

    public static implicit operator ApiAnswer<T>(ApiFault fault) => new() { Fault = fault };

    public static implicit operator ApiAnswer<T>(ApiProblem problem) => new() { Fault = problem };
}

/// <summary>An answer without a body.</summary>
internal sealed record NoContent
{
    public static readonly NoContent Now = new();
}

/// <summary>A request without a body.</summary>
internal sealed record NoBody;
