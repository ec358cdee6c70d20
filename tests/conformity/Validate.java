import java.io.FileInputStream;
import java.io.InputStream;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Whether each file given is PDF/A-3b: one line a file, and one for every rule that it breaks. */
public class Validate {
    public static void main(String[] files) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            try (InputStream in = new FileInputStream(file);
                    PDFAParser parser = Foundries.defaultInstance().createParser(in, PDFAFlavour.PDFA_3_B)) {
                PDFAValidator validator = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFA_3_B, false);
                ValidationResult result = validator.validate(parser);
                System.out.println(result.isCompliant() + " " + result.getTotalAssertions());
                for (TestAssertion broken : result.getTestAssertions()) {
                    if (broken.getStatus() == TestAssertion.Status.FAILED) {
                        System.out.println(broken.getRuleId() + " " + broken.getMessage());
                    }
                }
            }
        }
    }
}
