"""Hold the names, the order and the code lists of ESPD-EDM 4.1.0 in UBL 2.3: facts that reader and writer share. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from dume.espd.model import Kind

_SCHEMAS = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{{{_SCHEMAS}CommonAggregateComponents-2}}"
CBC = f"{{{_SCHEMAS}CommonBasicComponents-2}}"
EXT = f"{{{_SCHEMAS}CommonExtensionComponents-2}}"
ROOTS = {
    Kind.REQUEST: (f"{_SCHEMAS}QualificationApplicationRequest-2", "QualificationApplicationRequest"),
    Kind.RESPONSE: (f"{_SCHEMAS}QualificationApplicationResponse-2", "QualificationApplicationResponse"),
}
NAMESPACES = {"cac": CAC[1:-1], "cbc": CBC[1:-1]}

#: The agency written where a document must name one and the model has none; read back as none.
NO_AGENCY = "UNKNOWN"
#: The constant attributes of an identifier that the taxonomy gives (criteria, groups, properties, lots, responses).
TAXONOMY_ID = {"schemeID": "Criterion", "schemeAgencyID": "OP", "schemeVersionID": "4.1.0"}


class CodeListName(NamedTuple):
    """How a document of 4.1.0 names a code list."""

    list_id: str
    agency: str
    version: str


_AUTHORITY = "http://publications.europa.eu/resource/authority/"
GUI_CONTROL = CodeListName("boolean-gui-control-type", "OP", "4.1.0")
FINANCIAL_RATIO = CodeListName("financial-ratio-type", "OP", "4.1.0")
OCCUPATION = CodeListName(f"{_AUTHORITY}occupation", "EMPL", "20221214-0")
COUNTRY = CodeListName(f"{_AUTHORITY}country", "OP", "20250924-0")
ROLE = CodeListName(f"{_AUTHORITY}eo-role-type", "OP", "20211208-0")

#: The list of each code element; an element of free lists (ExpectedCode, ResponseCode) is not here.
LISTS: Mapping[str, CodeListName] = {
    "ProcedureCode": CodeListName(f"{_AUTHORITY}procurement-procedure-type", "OP", "20250924-0"),
    "CriterionTypeCode": CodeListName(f"{_AUTHORITY}criterion", "OP", "20240612-0"),
    "LocaleCode": CodeListName(f"{_AUTHORITY}language", "OP", "20250618-0"),
    "IdentificationCode": COUNTRY,
    "PropertyGroupTypeCode": CodeListName("property-group-type", "OP", "4.1.0"),
    "TypeCode": CodeListName("criterion-element-type", "OP", "4.1.0"),
    "ValueDataTypeCode": CodeListName("response-data-type", "OP", "4.1.0"),
    "RoleCode": ROLE,
    "IndustryClassificationCode": CodeListName(f"{_AUTHORITY}economic-operator-size", "OP", "20240612-0"),
    "ConfidentialityLevelCode": CodeListName(f"{_AUTHORITY}access-right", "OP", "20250924-0"),
    "DocumentTypeCode": CodeListName(f"{_AUTHORITY}docrefcontent-type", "OP", "20250924-0"),
    "ItemClassificationCode": CodeListName(f"{_AUTHORITY}cpv", "OP", "20200923-0"),
}
#: The lists a value of a free code element may come from, by their identifier.
FREE_LISTS = {name.list_id: name for name in (GUI_CONTROL, FINANCIAL_RATIO, OCCUPATION, COUNTRY, ROLE)}

_ADDRESS = (
    "UBLExtensions ID AddressTypeCode AddressFormatCode Postbox Floor Room StreetName AdditionalStreetName BlockName"
    " BuildingName BuildingNumber Description InhouseMail Department MarkAttention MarkCare PlotIdentification"
    " CitySubdivisionName CityName PostalZone CountrySubentity CountrySubentityCode Region District TimezoneOffset"
    " AddressLine Country LocationCoordinate"
)
_PARTY = (
    "UBLExtensions MarkCareIndicator MarkAttentionIndicator WebsiteURI LogoReferenceID EndpointID"
    " IndustryClassificationCode PartyIdentification PartyName Language PostalAddress PhysicalLocation PartyTaxScheme"
    " PartyLegalEntity Contact Person AgentParty ServiceProviderParty PowerOfAttorney PartyAuthorization"
    " FinancialAccount AdditionalWebSite SocialMediaProfile"
)
_GROUP = (
    "UBLExtensions ID Name Description PropertyGroupTypeCode FulfilmentIndicator FulfilmentIndicatorTypeCode"
    " TenderingCriterionProperty SubsidiaryTenderingCriterionPropertyGroup"
)
_DOCUMENT_REFERENCE = (
    "UBLExtensions ID CopyIndicator UUID IssueDate IssueTime DocumentTypeCode DocumentType XPath"
    " ReferencedDocumentInternalAddress LanguageID LocaleCode VersionID DocumentStatusCode DocumentDescription"
    " Attachment ValidityPeriod IssuerParty ResultOfVerification"
)
_ROOT = (
    "UBLExtensions UBLVersionID CustomizationID ProfileID ProfileExecutionID ID CopyIndicator UUID ContractFolderID"
    " ContractName IssueDate IssueTime EconomicOperatorGroupName VersionID PreviousVersionID ProcedureCode"
    " QualificationApplicationTypeCode WeightScoringMethodologyNote WeightingTypeCode Note ContractingParty"
    " EconomicOperatorParty ProcurementProject ProcurementProjectLot TenderingCriterion TenderingCriterionResponse"
    " AdditionalDocumentReference Evidence Signature"
)
_PROJECT = (
    "UBLExtensions ID Name Description ProcurementTypeCode ProcurementSubTypeCode QualityControlCode RequiredFeeAmount"
    " FeeDescription RequestedDeliveryDate EstimatedOverallContractQuantity Note SMESuitableIndicator"
    " ProcurementAdditionalType RequestedTenderTotal MainCommodityClassification AdditionalCommodityClassification"
    " RealizedLocation PlannedPeriod ContractExtension RequestForTenderLine"
)
_ORDER = {
    "": _ROOT,
    "ContractingParty": "UBLExtensions BuyerProfileURI ContractingPartyType ContractingActivity"
    " ContractingRepresentationType Party",
    "Party": _PARTY,
    "AgentParty": _PARTY,
    "IssuerParty": _PARTY,
    "PartyIdentification": "UBLExtensions ID",
    "PartyName": "UBLExtensions Name",
    "PostalAddress": _ADDRESS,
    "ResidenceAddress": _ADDRESS,
    "Country": "UBLExtensions IdentificationCode Name",
    "Contact": "UBLExtensions ID Name JobTitle Department Telephone Telefax ElectronicMail Note OtherCommunication",
    "ServiceProviderParty": "UBLExtensions ID ServiceTypeCode ServiceType Party SellerContact",
    "EconomicOperatorParty": "UBLExtensions QualifyingParty EconomicOperatorRole Party",
    "EconomicOperatorRole": "UBLExtensions RoleCode RoleDescription",
    "PowerOfAttorney": "UBLExtensions ID IssueDate IssueTime Description NotaryParty AgentParty WitnessParty"
    " MandateDocumentReference",
    "Person": "UBLExtensions ID FirstName FamilyName Title MiddleName OtherName NameSuffix JobTitle NationalityID"
    " GenderCode BirthDate BirthplaceName OrganizationDepartment RoleCode BirthplaceLocation CitizenshipCountry Contact"
    " FinancialAccount IdentityDocumentReference ResidenceAddress",
    "ProcurementProject": _PROJECT,
    "ProcurementProjectLot": "UBLExtensions ID LegalDocumentReference TechnicalDocumentReference"
    " RequiredDocumentReference ProvidedDocumentReference AdditionalDocumentReference TenderingTerms TenderingProcess"
    " ProcurementProject",
    "MainCommodityClassification": "UBLExtensions NatureCode CargoTypeCode CommodityCode ItemClassificationCode",
    "TenderingCriterion": "UBLExtensions ID CriterionTypeCode Name Description WeightNumeric FulfilmentIndicator"
    " FulfilmentIndicatorTypeCode EvaluationMethodTypeCode WeightingConsiderationDescription"
    " ProcurementProjectLotReference CommodityClassification SubTenderingCriterion Legislation"
    " TenderingCriterionPropertyGroup",
    "ProcurementProjectLotReference": "UBLExtensions ID",
    "Legislation": "UBLExtensions ID Title Description JurisdictionLevel Article URI Language"
    " JurisdictionRegionAddress",
    "Language": "UBLExtensions ID Name LocaleCode",
    "TenderingCriterionPropertyGroup": _GROUP,
    "SubsidiaryTenderingCriterionPropertyGroup": _GROUP,
    "TenderingCriterionProperty": "UBLExtensions ID Name Description TypeCode ValueDataTypeCode ValueUnitCode"
    " ValueCurrencyCode ExpectedAmount ExpectedID ExpectedIndicator ExpectedCode ExpectedValueNumeric"
    " ExpectedDescription ExpectedURI MaximumAmount MinimumAmount MaximumValueNumeric MinimumValueNumeric"
    " MaximumQuantity MinimumQuantity TranslationTypeCode CertificationLevelDescription CopyQualityTypeCode"
    " ApplicablePeriod TemplateEvidence",
    "ApplicablePeriod": "UBLExtensions StartDate StartTime EndDate EndTime DurationMeasure DescriptionCode Description",
    "TenderingCriterionResponse": "UBLExtensions ID Name Description ValidatedCriterionPropertyID"
    " ConfidentialityLevelCode ResponseValue ApplicablePeriod EvidenceSupplied ProcurementProjectLotReference"
    " CommodityClassification",
    "ResponseValue": "UBLExtensions ID Description Response ResponseAmount ResponseBinaryObject ResponseCode"
    " ResponseDate ResponseID ResponseIndicator ResponseMeasure ResponseNumeric ResponseQuantity ResponseTime"
    " ResponseURI",
    "EvidenceSupplied": "UBLExtensions ID",
    "Evidence": "UBLExtensions ID EvidenceTypeCode Name Description CandidateStatement ConfidentialityLevelCode"
    " EvidenceIssuingParty DocumentReference Language",
    "DocumentReference": _DOCUMENT_REFERENCE,
    "AdditionalDocumentReference": _DOCUMENT_REFERENCE,
    "Attachment": "UBLExtensions EmbeddedDocumentBinaryObject EmbeddedDocument ExternalReference",
    "ExternalReference": "UBLExtensions URI DocumentHash HashAlgorithmMethod ExpiryDate ExpiryTime MimeCode FormatCode"
    " EncodingCode CharacterSetCode FileName Description",
}
#: For each aggregate the room reads, the place of each child in the schema's sequence (UBL 2.3).
RANKS: Mapping[str, Mapping[str, int]] = {
    parent: {child: rank for rank, child in enumerate(children.split())}
    for parent, children in _ORDER.items()
}
LAST = 1000

#: The element that holds the buyer's value of a requirement, by value type (ESPD-EDM 4.1.0, TenderingCriterionProperty).
EXPECTED: Mapping[str, str] = {
    "AMOUNT": "ExpectedAmount",
    "MINIMUM_AMOUNT": "MinimumAmount",
    "MAXIMUM_AMOUNT": "MaximumAmount",
    "CODE": "ExpectedCode",
    "CODE_BOOLEAN": "ExpectedCode",
    "CODE_COUNTRY": "ExpectedCode",
    "ECONOMIC_OPERATOR_ROLE_CODE": "ExpectedCode",
    "DESCRIPTION": "ExpectedDescription",
    "IDENTIFIER": "ExpectedID",
    "LOT_IDENTIFIER": "ExpectedID",
    "EVIDENCE_IDENTIFIER": "ExpectedID",
    "ECONOMIC_OPERATOR_IDENTIFIER": "ExpectedID",
    "QUAL_IDENTIFIER": "ExpectedID",
    "INDICATOR": "ExpectedIndicator",
    "PERCENTAGE": "ExpectedValueNumeric",
    "PERIOD": "ApplicablePeriod",
    "QUANTITY": "ExpectedValueNumeric",
    "QUANTITY_INTEGER": "ExpectedValueNumeric",
    "QUANTITY_YEAR": "ExpectedValueNumeric",
    "MINIMUM_QUANTITY": "ExpectedValueNumeric",
    "MINIMUM_QUANTITY_INTEGER": "ExpectedValueNumeric",
    "MINIMUM_QUANTITY_YEAR": "ExpectedValueNumeric",
    "MAXIMUM_QUANTITY": "ExpectedValueNumeric",
    "MINIMUM_VALUE_NUMERIC": "MinimumValueNumeric",
    "MAXIMUM_VALUE_NUMERIC": "MaximumValueNumeric",
    "URL": "ExpectedURI",
}
#: The element that holds an operator's answer, by value type (rules BR-TCR-08-01 to -26).
ANSWERED: Mapping[str, str] = {
    "AMOUNT": "ResponseAmount",
    "MINIMUM_AMOUNT": "ResponseAmount",
    "MAXIMUM_AMOUNT": "ResponseAmount",
    "CODE": "ResponseCode",
    "CODE_BOOLEAN": "ResponseCode",
    "CODE_COUNTRY": "ResponseCode",
    "ECONOMIC_OPERATOR_ROLE_CODE": "ResponseCode",
    "TRANSLATION_TYPE_CODE": "ResponseCode",
    "COPY_QUALITY_TYPE_CODE": "ResponseCode",
    "DATE": "ResponseDate",
    "DESCRIPTION": "Description",
    "CERTIFICATION_LEVEL_DESCRIPTION": "Description",
    "EVIDENCE_IDENTIFIER": "EvidenceSupplied",
    "IDENTIFIER": "ResponseID",
    "LOT_IDENTIFIER": "ResponseID",
    "ECONOMIC_OPERATOR_IDENTIFIER": "ResponseID",
    "QUAL_IDENTIFIER": "ResponseID",
    "INDICATOR": "ResponseIndicator",
    "PERCENTAGE": "ResponseNumeric",
    "MINIMUM_VALUE_NUMERIC": "ResponseNumeric",
    "MAXIMUM_VALUE_NUMERIC": "ResponseNumeric",
    "PERIOD": "ApplicablePeriod",
    "QUANTITY": "ResponseQuantity",
    "QUANTITY_INTEGER": "ResponseQuantity",
    "QUANTITY_YEAR": "ResponseQuantity",
    "MINIMUM_QUANTITY": "ResponseQuantity",
    "MINIMUM_QUANTITY_INTEGER": "ResponseQuantity",
    "MINIMUM_QUANTITY_YEAR": "ResponseQuantity",
    "MAXIMUM_QUANTITY": "ResponseQuantity",
    "TIME": "ResponseTime",
    "URL": "ResponseURI",
}
