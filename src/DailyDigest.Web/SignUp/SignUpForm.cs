using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>What a reader has typed or a publisher's page has sent along: hostile until used, and kept in the form, never in a URL.</summary>
/// <param name="Email">The address as typed; null for one that is too long to be one.</param>
/// <param name="Zone">A zone of the tz database; null for everything else.</param>
/// <param name="Hour">0 to 23; null for everything else.</param>
/// <param name="Return">Where to after signing up: on one of <c>SignUp__Origins</c>, otherwise null.</param>
public sealed record SignUpForm(string? Email = null, string? Zone = null, int? Hour = null, string? Return = null)
{
    private const int MaxEmail = 254;

    /// <summary>An empty form.</summary>
    public static SignUpForm Empty { get; } = new();

    /// <summary>Reads the fields; what is not understood is as if it were not there.</summary>
    internal static SignUpForm Read(Dictionary<string, StringValues> form, SignUpOptions options) => new(
        form.One("email") is { Length: <= MaxEmail } email ? email : null,
        ZoneOf(form.One("zone")), HourOf(form.One("hour")), options.ReturnTo(form.One("return")));

    /// <summary>The zone, if there is one of that name.</summary>
    internal static string? ZoneOf(string? zone) => Zones.Exists(zone) ? zone : null;

    /// <summary>The hour, if it is one.</summary>
    internal static int? HourOf(string? hour) =>
        int.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 23 ? number : null;
}
