using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>The fields that a reader typed or a publisher's page sent. They are untrusted, and stay in the form, never in a URL.</summary>
/// <param name="Email">The address as typed; null if it is too long for an address.</param>
/// <param name="Zone">A zone of the tz database, otherwise null.</param>
/// <param name="Hour">0 to 23, otherwise null.</param>
/// <param name="Return">The page after a sign-up: a URL on one of <c>SignUp__Origins</c>, otherwise null.</param>
public sealed record SignUpForm(string? Email = null, string? Zone = null, int? Hour = null, string? Return = null)
{
    private const int MaxEmail = 254;

    public static SignUpForm Empty { get; } = new();

    /// <summary>True if the text in the field for the address was too long for an address. It is not shown again.</summary>
    public bool IsTooLong { get; private init; }

    /// <summary>The answer of a solved question that is shown again; otherwise null.</summary>
    public string? Answer { get; init; }

    /// <summary>The browser's work in place of the answer; otherwise null.</summary>
    public string? Work { get; init; }

    /// <summary>The field that is to have the focus if there is no fault: <c>email</c> or <c>answer</c>; null for none.</summary>
    public string? Focus { get; init; }

    /// <summary>NoEmail, Email or Own; null for none.</summary>
    public string? EmailFault { get; init; }

    /// <summary>Empty, Sum, Expired, Used, Fast or Harder; null for none.</summary>
    public string? SumFault { get; init; }

    /// <summary>Reads the fields. A field that cannot be read counts as missing.</summary>
    internal static SignUpForm Read(Dictionary<string, StringValues> form, SignUpOptions options) => new(
        form.Value("email") is { Length: <= MaxEmail } email ? email : null,
        ZoneOf(form.Value("zone")), HourOf(form.Value("hour")), options.ReturnTo(form.Value("return")))
    {
        IsTooLong = form.Value("email") is { Length: > MaxEmail },
    };

    private static string? ZoneOf(string? zone) => Zones.Exists(zone) ? zone : null;

    private static int? HourOf(string? hour) =>
        int.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 23 ? number : null;
}
