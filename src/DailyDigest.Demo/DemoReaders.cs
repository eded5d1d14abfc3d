using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Settings;

namespace DailyDigest.Demo;

/// <summary>A sample reader.</summary>
/// <param name="Address">At example.com or example.org, which are reserved for documentation (RFC 2606).</param>
/// <param name="Cohort">When the digest comes.</param>
/// <param name="Language">en or ar.</param>
/// <param name="Sections">Sections chosen; none for all.</param>
internal sealed record DemoReader(string Address, Cohort Cohort, string Language, params string[] Sections);

/// <summary>The sample readers: three zones, two languages, two rhythms; most are due in the hour of the first start.</summary>
internal sealed class DemoReaders(Publication publication, TimeProvider time)
{
    /// <summary>The zones: home, one further east, one at a half hour.</summary>
    public const string HomeZone = "Europe/Lisbon", EastZone = "Africa/Cairo", HalfZone = "Asia/Kolkata";

    /// <summary>Imported, and unsubscribed before the first digest.</summary>
    public const string Left = "theo.left@example.com";

    /// <summary>Signs up on the page and has not confirmed yet.</summary>
    public const string Pending = "petra.pending@example.com";

    /// <summary>The readers as of now.</summary>
    public IReadOnlyList<DemoReader> All()
    {
        var home = Due(publication.TimeZone, Rhythm.Daily);
        var east = Due(EastZone, Rhythm.Daily);
        var weekly = Due(HalfZone, Rhythm.Weekly(Zones.LocalDate(HalfZone, time.GetUtcNow()).DayOfWeek));

        // At 23 o'clock the next hour is on another date; use a zone further east, where it is earlier in the day.
        var later = new[] { home, east, weekly }.First(cohort => cohort.Hour < 23);
        return
        [
            new("amina.keeler@example.com", home, "en"),
            new("bruno.salt@example.com", home, "en"),
            new("clara.voss@example.org", home, "en", "Culture", "Sport"),
            new("dara.quill@example.org", home, "en"),
            new("farid.noor@example.com", east, "ar"),
            new("hana.sabri@example.com", east, "ar"),
            new("gwen.marsh@example.org", east, "en"),
            new("ishan.rao@example.com", weekly, "en"),
            new("jaya.sen@example.org", weekly, "en", "Science", "Harbour"),
            new("kit.later@example.com", new Cohort(later.Zone, later.Hour + 1, Rhythm.Daily), "en"),
            new(Left, home, "en"),
        ];
    }

    /// <summary>A reader for a day on which no other reader is due.</summary>
    public DemoReader Guest()
    {
        var cohort = Due(publication.TimeZone, Rhythm.Daily);
        var today = Zones.LocalDate(cohort.Zone, time.GetUtcNow());
        return new DemoReader(string.Create(CultureInfo.InvariantCulture, $"guest.{today:yyyyMMdd}@example.org"), cohort, "en");
    }

    /// <summary>The readers as the list that an operator would import.</summary>
    public static byte[] Csv(IEnumerable<DemoReader> readers)
    {
        var csv = new StringBuilder("email,zone,hour,rhythm,language,sections\n");
        foreach (var reader in readers)
        {
            csv.Append(
                CultureInfo.InvariantCulture,
                $"{reader.Address},{reader.Cohort.Zone},{reader.Cohort.Hour},{reader.Cohort.Rhythm},{reader.Language},");
            csv.Append(string.Join(';', reader.Sections)).Append('\n');
        }

        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    private Cohort Due(string zone, Rhythm rhythm) => new(zone, DemoHour.Now(zone, time), rhythm);
}
