using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>The looks in which tests open every page: name, width of the window, colours and language.</summary>
public static class Looks
{
    /// <summary>
    /// Two looks that have each width, each kind of colours and each direction of writing between them. Where pictures are made, and with
    /// DAILYDIGEST_LONG=1, also others, so that any two of width, colours and language are seen together.
    /// </summary>
    public static TheoryData<string, int, ColorScheme, string> All
    {
        get
        {
            var looks = new TheoryData<string, int, ColorScheme, string>
            {
                { "desk", 1280, ColorScheme.Light, "en" },
                { "arabic-phone-dark", 375, ColorScheme.Dark, "ar" },
            };
            if (Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL") is not null
                || Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1")
            {
                looks.Add("dark", 1280, ColorScheme.Dark, "en");
                looks.Add("phone", 375, ColorScheme.Light, "en");
                looks.Add("arabic", 1280, ColorScheme.Light, "ar");
            }

            return looks;
        }
    }
}
